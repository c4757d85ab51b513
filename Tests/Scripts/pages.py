"""The pages of this repository, taken apart: links, code, commands."""
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"`([^`\n]+)`")


def words_of(line):
    """As a shell would split it; a line that is no shell, at its spaces."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split()


class Page:
    def __init__(self, path, text=None):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text(encoding="utf-8") if text is None else text

    @property
    def prose(self):
        return FENCED.sub("", self.text)

    @property
    def links(self):
        """Targets of relative links: file and anchor."""
        found = re.findall(r"\]\(([^)\s]+)\)", INLINE.sub("", self.prose))
        return [tuple((link.partition("#")[0], link.partition("#")[2])) for link in found
                if not re.match(r"[a-z][a-z0-9+.-]*:", link)]

    @property
    def anchors(self):
        headings = re.findall(r"^#+ +(.+?)\s*$", self.prose, re.M)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    @property
    def inline_code(self):
        return INLINE.findall(self.prose)

    def commands(self, program):
        """Argument lists of `program` in shell blocks and in the text, comments and pipes cut off."""
        lines = [line for kind, block in FENCED.findall(self.text) if kind == "sh"
                 for line in re.sub(r"\\\n\s*", " ", block).splitlines()]
        for line in lines + self.inline_code:
            words = words_of(line)
            for begin in [at for at, word in enumerate(words) if word == program]:
                ends = [at for at in range(begin, len(words)) if words[at] in ("|", ">", "<", "&&", ";")]
                if begin == 0 or words[begin - 1] in ("|", "&&", ";"):
                    yield words[begin + 1:min(ends + [len(words)])]


def all_pages():
    hidden = {".build", ".venv-test", ".git", "node_modules", ".data"}
    return [Page(path) for path in sorted(ROOT.rglob("*.md"))
            if not hidden & set(path.relative_to(ROOT).parts) and not any(
                part.startswith((".build", ".venv")) for part in path.relative_to(ROOT).parts)]
