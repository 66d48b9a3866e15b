"""Files of real banks and of other projects: read as they are, or refused with a line and a reason.

They stand beside the project (../shared/bank) and are no part of it; when they are absent this is said aloud.
"""

import sys
from pathlib import Path

import pytest

from app.billing.bank_statement import BankStatement
from app.billing.statement_refusal import StatementRefused
from app.payments.bank.exchange_sections import read_sections
from app.payments.bank.statements import read_statements

FOLDER = Path(__file__).parents[4] / "shared" / "bank"
FILES = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*")) if path.suffix != ".md"}

REFUSALS = {
    # its second document is of two accounts that the file is not about
    "dronm_clbnk_kl_to_1c.txt": ("STATEMENT_MALFORMED", "parties", 86),
    # orders on their way to the bank: nothing in it was carried out
    "dronm_clbnk_to_bank.txt": ("STATEMENT_MALFORMED", "parties", 10),
    # the closing balance in Swedish kronor on an account in euros
    "genkgo_camt053.v2.minimal.xml": ("STATEMENT_MALFORMED", "currency", 60),
    "genkgo_camt053.v4.xml": ("STATEMENT_MALFORMED", "currency", 80),
    "wolph_jejik_ing.sta": ("STATEMENT_TOTALS_MISMATCH", "balance", 26),
    "wolph_sepa_snippet.sta": ("STATEMENT_TOTALS_MISMATCH", "balance", 55),
    # made-up accounts: their digits name no currency
    "xini1_sample1.txt": ("STATEMENT_MALFORMED", "currency", 10),
}

REPAIRS: dict[str, list[tuple[str, str]]] = {
    "dronm_clbnk_kl_to_1c.txt": [
        ("Счет=40702810000000077777", "Счет=40702810000000074935"),
        ("ВсегоПоступило=616050.00", "ВсегоПоступило=0.00"),
        ("ВсегоСписано=789647.44", "ВсегоСписано=169992.00"),
        ("КонечныйОстаток=79245.05", "КонечныйОстаток=82850.49"),
    ],
    "genkgo_camt053.v2.minimal.xml": [
        (
            '"SEK">27.00</Amt>\n                <CdtDbtInd>DBIT',
            '"EUR">27.00</Amt>\n                <CdtDbtInd>CRDT',
        )
    ],
    "genkgo_camt053.v4.xml": [
        (
            '"SEK">27.00</Amt>\n                <CdtDbtInd>DBIT',
            '"EUR">27.00</Amt>\n                <CdtDbtInd>CRDT',
        )
    ],
    "wolph_jejik_ing.sta": [(":62F:C100723EUR3,47", ":62F:D100723EUR45,59")],
    "wolph_sepa_snippet.sta": [(":62F:D070904EUR4472049,09", ":62F:D070904EUR4472349,17")],
}
"""What a file needs to hold together: its numbers only, its layout stays that of the bank."""

LINES = {
    "dronm_clbnk_kl_to_1c.txt": [3],
    "genkgo_camt053.v2.minimal.xml": [1],
    "genkgo_camt053.v4.xml": [1],
    "wolph_jejik_ing.sta": [7],
    "wolph_sepa_snippet.sta": [4, 7],
}


def repaired(name: str) -> list[BankStatement]:
    encoding = "windows-1251" if name.startswith("dronm") else "utf-8"
    text = FILES[name].decode(encoding)
    for wrong, right in REPAIRS[name]:
        assert wrong in text
        text = text.replace(wrong, right)
    return read_statements(text.encode(encoding), name)


def test_it_is_said_when_the_files_are_absent(capfd: pytest.CaptureFixture[str]) -> None:
    if not FILES:
        with capfd.disabled():
            sys.stderr.write("\nNOT RUN: statements of real banks, ../shared/bank is absent.\n")
    assert set(FILES) == (set(REFUSALS) if FOLDER.is_dir() else set())


def test_every_file_is_refused_with_its_line_and_reason() -> None:
    found = {}
    for name, content in FILES.items():
        with pytest.raises(StatementRefused) as refused:
            read_statements(content, name)
        found[name] = (refused.value.code, refused.value.fault.value, refused.value.line)
    assert found == {name: refusal for name, refusal in REFUSALS.items() if name in FILES}


def test_every_layout_is_read_once_its_numbers_hold_together() -> None:
    read = {name: [len(statement.lines) for statement in repaired(name)] for name in REPAIRS if name in FILES}
    assert read == {name: counts for name, counts in LINES.items() if name in FILES}


def test_the_texts_of_a_real_bank_are_read() -> None:
    if "wolph_sepa_snippet.sta" in FILES:
        first = repaired("wolph_sepa_snippet.sta")[0].lines[0]
        assert (first.reference, first.purpose, first.party_name, first.party_account) == (
            "0724710333343453",
            "Verw CTSc-01 BC-PPP TFNr 22 004 EndToEndId TFNR 22 004 00001",
            "KARL KAUFMANN",
            "DE14508800500194785000",
        )
    if "dronm_clbnk_kl_to_1c.txt" in FILES:
        line = repaired("dronm_clbnk_kl_to_1c.txt")[0].lines[0]
        assert (line.reference, line.party_inn, line.party_account) == (
            "69147",
            "7702070139",
            "47422810119484000074",
        )
        assert line.party_name == 'ФИЛИАЛ "ЦЕНТРАЛЬНЫЙ" БАНКА ВТБ (ПАО)'


def test_utf_8_under_a_header_of_windows_is_understood() -> None:
    if "xini1_sample1.txt" in FILES:
        kinds = [section.kind for section in read_sections(FILES["xini1_sample1.txt"])]
        assert kinds == ["", "СекцияРасчСчет", "СекцияРасчСчет", "СекцияДокумент", "СекцияДокумент"]


def test_a_last_line_in_another_encoding_is_refused_there() -> None:
    if "dronm_clbnk_to_bank.txt" in FILES:
        with pytest.raises(StatementRefused) as refused:
            list(read_sections(FILES["dronm_clbnk_to_bank.txt"]))
        assert (refused.value.fault.value, refused.value.line) == ("shape", 75)
