"""MkDocs: the documents at the top of the repository are pages too, and links into the code are plain text."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md",
         "CHANGELOG.md": "changelog.md"}  # fmt: skip


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, page in PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        text = re.sub(r"(!?\[[^\]]*\]\()docs/", r"\1", text)
        text = re.sub(r"(?<!!)(\[[^\]]*\]\()(?!https?:|#|\w+\.md)", r"\1../", text)
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    for name, page in PAGES.items():
        markdown = re.sub(rf"\]\((?:\.\./)?{re.escape(name)}(#[^)]*)?\)", rf"]({page}\1)", markdown)
    return re.sub(r"(?<!!)\[([^\]]+)\]\((?:\.\./)+[^)]*\)", r"\1", markdown)


def on_post_page(output: str, **_: object) -> str:
    """The theme's switch of colours fails without the style sheets of its highlighter, which is off."""
    return output.replace("</head>", '<link id="hljs-light"><link id="hljs-dark"></head>', 1)
