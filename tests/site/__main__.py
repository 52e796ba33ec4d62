"""Builds the site from docs/ with MkDocs, strictly: `./dev site` writes it to build/site."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException
from pymdownx.slugs import slugify

from tests.site.pages import collect, navigation, write

CHECKED = {"not_found": "warn", "absolute_links": "warn", "unrecognized_links": "warn", "anchors": "warn"}
"""Links that end a strict build."""


def main(target: Path) -> int:
    """Build the site; 1 if a link or an anchor is broken."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    site = collect()
    with tempfile.TemporaryDirectory() as folder:
        sources, configuration = Path(folder) / "sources", Path(folder) / "mkdocs.yml"
        write(site, sources)
        configuration.write_text("site_name: specdrift\n")
        try:
            build(
                load_config(
                    str(configuration),
                    strict=True,
                    docs_dir=str(sources),
                    site_dir=str(target.absolute()),
                    nav=navigation(site),
                    # Pages open from a folder too, and lie where the links of their texts lead.
                    use_directory_urls=False,
                    validation={"links": CHECKED, "nav": {"omitted_files": "warn", "not_found": "warn"}},
                    # No font, script or picture of another host.
                    theme={
                        "name": "material",
                        "font": False,
                        "features": ["navigation.indexes", "navigation.footer"],
                    },
                    plugins=["search"],
                    markdown_extensions=[
                        "tables",
                        # Anchors as the forges make them of headings.
                        {"toc": {"slugify": slugify(case="lower"), "permalink": True}},
                        "pymdownx.highlight",
                        "pymdownx.superfences",
                    ],
                    # The folder of the report's templates is a page of its own.
                    exclude_docs="!/templates/\n",
                )
            )
        except MkDocsException as error:
            print(error, file=sys.stderr)  # noqa: T201 - the command's output
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
