"""What mkdocs does to our pages: lists that follow the folders, and links that leave docs/ and so lead into the repository."""

import posixpath
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

LINK = re.compile(r"(\]\()(\.\./[^)\s#]+)(#[^)\s]*)?(\))")
IMAGE = re.compile(r'(<img [^>]*?src=")(?!https?:|data:|/)([^"]+)')


def on_config(config):
    """Lists every command and decision, so that a new page needs no word here."""
    docs = Path(config.docs_dir)
    for section in config.nav:
        for pages in section.values():
            for entry in pages if isinstance(pages, list) else []:
                if isinstance(entry, dict) and "Commands" in entry:
                    commands = sorted(p.stem for p in (docs / "reference").glob("*.md") if p.stem != "README")
                    entry["Commands"] = ["reference/README.md"] + [f"reference/{name}.md" for name in commands]
                if isinstance(entry, dict) and "Decisions" in entry:
                    decisions = sorted(p.name for p in (docs / "adr").glob("0*.md"))
                    entry["Decisions"] = ["adr/index.md"] + [f"adr/{name}" for name in decisions]
    return config


def on_files(files, config):
    """The decisions' own list of contents."""
    lines = ["# Decisions", "", "Why the code is as it is: one page for each decision that was not obvious.", ""]
    for page in sorted((Path(config.docs_dir) / "adr").glob("0*.md")):
        title = page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        lines.append(f"- [{title}]({page.name})")
    files.append(File.generated(config, "adr/index.md", content="\n".join(lines) + "\n"))
    return files


def on_page_markdown(markdown, page, config, files):
    """A link to a file outside docs/ becomes one to the repository; one to the folder of decisions, to their list.

    A picture in HTML is named from the folder that the page becomes; mkdocs does this to pictures in Markdown alone.
    """
    folder = posixpath.dirname(page.file.src_uri)

    def outside(match):
        target = posixpath.normpath(posixpath.join("docs", folder, match[2]))
        if target.startswith("docs/") or target == "docs":
            return match[0]
        kind = "tree" if (Path(config.docs_dir).parent / target).is_dir() else "blob"
        return f"{match[1]}{config.repo_url}/{kind}/main/{target}{match[3] or ''}{match[4]}"

    def picture(match):
        target = posixpath.normpath(posixpath.join(folder, match[2]))
        if not (Path(config.docs_dir) / target).is_file():
            raise PluginError(f"{page.file.src_uri}: there is no picture {match[2]}")
        return match[1] + posixpath.relpath(target, page.url or ".")

    markdown = LINK.sub(outside, markdown).replace("](adr/)", "](adr/index.md)")
    return IMAGE.sub(picture, markdown)


def on_page_content(html, page, config, files):
    """Lets site.css know the pages of commands."""
    return f'<div class="reference">{html}</div>' if page.file.src_uri.startswith("reference/") else html
