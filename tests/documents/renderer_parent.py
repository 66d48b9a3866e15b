"""A process that starts a renderer, tells the child's id, and hangs in a rendering until it is killed."""

import sys
from dataclasses import replace

from app.documents.renderer_process import RendererProcess
from tests.documents.invoices import russian_invoice

if __name__ == "__main__":
    renderer = RendererProcess(child_module="tests.documents.faulty_child")
    sys.stdout.write(renderer.render(russian_invoice()).decode() + "\n")
    sys.stdout.flush()
    renderer.render(replace(russian_invoice(), number="SPIN"))
