"""What a customer does in the portal, in the words of its pages."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pypdf
from playwright.sync_api import Page

PASSWORD = "correct horse battery staple"


@dataclass
class Customer:
    """A newcomer at the portal."""

    page: Page
    email: str

    def register(self) -> None:
        """Fill in the registration."""
        page = self.page
        page.goto("/")
        page.get_by_role("link", name="Попробовать бесплатно").click()
        page.locator("[name=email]").fill(self.email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=name]").fill("Пётр Первый")
        page.locator("[name=terms]").check()
        page.locator("main form button[type=submit]").click()
        page.wait_for_url(re.compile("/registered"))

    def activate(self) -> None:
        """Follow the button of the mail, in the frame of the mailbox page."""
        page = self.page
        page.goto(f"/mailbox?recipient={self.email}")
        mail = page.locator("tbody a")
        for _ in range(40):
            if mail.count():
                break
            page.wait_for_timeout(500)
            page.reload()
        mail.first.click()
        page.frame_locator("iframe").get_by_role("link").first.click()
        page.wait_for_url(re.compile("/activate/"))
        page.get_by_role("button", name="Подтвердить").click()
        page.wait_for_url(re.compile("/(overview|trial)"))

    def start_trial(self, *names: str) -> str:
        """Choose connectors; answers the temporary key."""
        page = self.page
        page.goto("/trial")
        for name in names:
            page.get_by_role("checkbox", name=name).check()
        page.get_by_role("button", name="Начать").click()
        return self.reveal_key()

    def reveal_key(self) -> str:
        """Have the waiting key shown, from wherever the page before has led."""
        page = self.page
        page.wait_for_load_state()
        if "/reveal" not in page.url:
            page.get_by_role("link", name="Показать ключ").first.click()
        page.get_by_role("button", name="Показать ключ").click()
        return page.locator("#api-key").input_value()

    def put_into_cart(self, slug: str) -> None:
        """Choose the month of a connector."""
        page = self.page
        page.goto(f"/catalogue/{slug}")
        page.locator("[name=interval][value=month], select[name=interval]").first.wait_for()
        page.get_by_role("button", name="В корзину").click()
        page.wait_for_url(re.compile("/cart"))

    def check_out(self) -> None:
        """From the cart to the acquirer's page, giving the payer on the way."""
        page = self.page
        page.goto("/cart")
        page.get_by_role("link", name="Оформить").click()
        page.wait_for_url(re.compile("/checkout/payer"))
        page.locator("[name=kind][value=company]").check()
        page.locator("[name=name]").fill("ООО «Ромашка»")
        page.locator("[name=inn]").fill("7736050003")
        page.locator("[name=kpp]").fill("773601001")
        page.locator("[name=address]").fill("190000, г. Санкт-Петербург, Невский пр., д. 1")
        page.get_by_role("button", name="Продолжить").click()
        page.get_by_role("button", name=re.compile("Оплатить")).click()
        page.wait_for_url(re.compile("/test-acquirer/"))

    def pay(self, token: str) -> None:
        """Choose a test card on the acquirer's page."""
        self.page.locator(f"input[value={token}]").check()
        self.page.get_by_role("button", name=re.compile("Заплатить")).click()

    def expect_mail(self, words: str) -> None:
        """Wait for a mail with these words in its subject."""
        page = self.page
        page.goto(f"/mailbox?recipient={self.email}")
        mail = page.locator("tbody a", has_text=words)
        for _ in range(40):
            if mail.count():
                return
            page.wait_for_timeout(500)
            page.reload()
        raise AssertionError(f"no mail says «{words}»")

    def cancel(self, name: str) -> None:
        """Cancel the running subscription to a connector."""
        page = self.page
        page.goto("/subscriptions")
        page.get_by_role("row").filter(has_text=name).filter(has_text="Действует").get_by_role("link").click()
        page.get_by_role("link", name="Отменить подписку").click()
        page.get_by_role("button", name="Отменить подписку").click()
        page.get_by_text("Отменена").first.wait_for()

    def invoice_pdf(self) -> str:
        """Open the file of the newest document; answers its text."""
        page = self.page
        page.goto("/documents")
        link = page.locator("main a[href$='/file']")
        for _ in range(60):
            if link.count():
                break
            page.wait_for_timeout(500)
            page.reload()
        content = page.request.get(str(link.first.get_attribute("href"))).body()
        assert content.startswith(b"%PDF")
        return pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
