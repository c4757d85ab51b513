"""Puts many breaks into one program: each function that is to be broken gets its broken forms beside the right one,
and a variable of the environment chooses. One build then does for all of them."""
import re
from collections import defaultdict

VARIABLE = "TRACKER_DRILL_BREAK"
SWITCH_FILE = "Sources/TrackerLog/DrillBreak.swift"
SWITCH = f"""import Glibc

/// The break that is at work; `nil` in a whole program.
package let drillBreak: Int? = unsafe getenv("{VARIABLE}").flatMap {{ unsafe Int(String(cString: $0)) }}
"""
TYPES = re.compile(r"\b(struct|class|enum|extension|protocol|actor)\b")
BODIES = re.compile(r"\b(func|init|deinit|subscript|var)\b")
ACCESSORS = re.compile(r"\s*(///[^\n]*\n\s*|@\w+\s+)*(get|set|willSet|didSet|_read|_modify|borrowing|mutating|nonmutating)\b")


def braces(text):
    """Yields (offset, brace) of the braces that are code: not those of comments and strings."""
    at, depths = 0, []  # of the parentheses in each interpolation that is open
    strings = []  # the delimiters around each of them
    while at < len(text):
        two = text[at:at + 2]
        if two == "//":
            at = text.find("\n", at)
            if at < 0:
                return
        elif two == "/*":
            at = text.index("*/", at) + 2
        elif text[at] in "\"#" and (quote := re.compile(r'(#*)("""|")').match(text, at)):
            at = skip_string(text, quote.end(), quote[2], quote[1], strings, depths)
        elif depths and text[at] in "()":
            depths[-1] += 1 if text[at] == "(" else -1
            at += 1
            if depths[-1] == 0:
                depths.pop()
                at = skip_string(text, at, *strings.pop(), strings, depths)
        else:
            if text[at] in "{}" and not depths:
                yield at, text[at]
            at += 1


def skip_string(text, at, quote, hashes, strings, depths):
    """- Returns: where the string ends, or where its next interpolation begins."""
    end = re.compile(r"\\%s\(|\\%s.|%s%s" % (hashes, hashes, quote, hashes), re.S)
    while True:
        found = end.search(text, at)
        at = found.end()
        if found[0].endswith("("):
            strings.append((quote, hashes))
            depths.append(1)
            return at
        if found[0].startswith(quote):
            return at


def body_around(text, begin, end):
    """- Returns: the offsets of the braces of the function that the range is in; `None` when it is in none."""
    opened, pairs = [], []
    for offset, brace in braces(text):
        if brace == "{":
            opened.append(offset)
        else:
            pairs.append((opened.pop(), offset))
    for first, last in sorted(pair for pair in pairs if pair[0] < begin and end <= pair[1]):
        head = text[max(text.rfind("}", 0, first), text.rfind("{", 0, first), text.rfind("\n\n", 0, first)) + 1:first]
        code = re.sub(r"//[^\n]*", "", head)
        if BODIES.search(code) and "@inlinable" not in code and "=" != code.strip()[-1:]:
            if not ACCESSORS.match(text, first + 1):
                return first, last
        elif not TYPES.search(code) and not re.search(r"\b(get|set|willSet|didSet|_read|_modify)\b", code):
            return None
        elif not TYPES.search(code):
            return first, last
    return None


def balance(text):
    return sum(1 if brace == "{" else -1 for _, brace in braces(text))


def switch_file(text, breaks):
    """- Parameter breaks: (number, break) of this file.
    - Returns: the text with all of them, and the numbers of those that only fit alone."""
    bodies, alone = defaultdict(list), []
    for number, one in breaks:
        begin = text.index(one.old)
        found = body_around(text, begin, begin + len(one.old))
        if found is None or balance(one.old) != balance(one.new):
            alone.append(number)
        else:
            bodies[found].append((number, one))
    for first, last in sorted(bodies, reverse=True):
        body = text[first + 1:last]
        forms = "".join(" if drillBreak == %d {%s} else" % (number, body.replace(one.old, one.new, 1))
                        for number, one in bodies[first, last])
        text = text[:first + 1] + "\n" + forms + " {" + body + "}\n" + text[last:]
    if bodies and "import TrackerLog" not in text and "/TrackerLog/" not in breaks[0][1].file:
        text = "import TrackerLog\n" + text
    return text, alone
