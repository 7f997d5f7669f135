"""Files as a page is given them when they are dropped onto it."""

from base64 import b64encode
from collections.abc import Mapping

from playwright.sync_api import JSHandle, Page

TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, type, content] of files)
    transfer.items.add(new File([Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0))], name, {type}));
  return transfer;
}"""


def data_transfer(page: Page, files: Mapping[str, bytes], media_type: str = "") -> JSHandle:
    """A DataTransfer with these files by name. They travel as base64: a list of numbers costs seconds a megabyte."""
    return page.evaluate_handle(
        TRANSFER, [[name, media_type, b64encode(content).decode()] for name, content in files.items()]
    )


def drop(page: Page, files: Mapping[str, bytes], media_type: str = "") -> None:
    """Onto the page, all together."""
    page.dispatch_event("main", "drop", {"dataTransfer": data_transfer(page, files, media_type)})
