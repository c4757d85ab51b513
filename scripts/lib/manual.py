"""The manual pages of the tracker, from what its own help says.

    tracker --experimental-dump-help | python3 manual.py VERSION DATE FOLDER

DATE as 2026-11-17. Writes tracker.1 and one page for each command, such as tracker-load.1.
"""
import json
import pathlib
import sys


def roff(text):
    """The text as roff shows it: no control line, no escape, and dashes that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def names(argument):
    """`-h`, `--data`: as they are typed, the short one first."""
    kinds = {"short": "-", "long": "--", "longWithSingleDash": "-"}
    return [kinds[name["kind"]] + name["name"] for name in argument.get("names", ())]


def synopsis(argument):
    value = "<%s>" % argument.get("valueName", "value")
    if argument["kind"] == "positional":
        shown = "\\fI%s\\fR" % roff(value)
    else:
        preferred = argument["preferredName"]
        shown = "\\fB%s\\fR" % roff(names({"names": [preferred]})[0])
        if argument["kind"] == "option":
            shown += " \\fI%s\\fR" % roff(value)
    if argument["isRepeating"]:
        shown += " ..."
    return "[%s]" % shown if argument["isOptional"] else shown


def item(argument):
    if argument["kind"] == "positional":
        head = "\\fI%s\\fR" % roff("<%s>" % argument["valueName"])
    else:
        value = " \\fI%s\\fR" % roff("<%s>" % argument["valueName"]) if argument["kind"] == "option" else ""
        head = ", ".join("\\fB%s\\fR%s" % (roff(name), value) for name in names(argument))
    text = argument.get("abstract", "")
    details = []
    if argument.get("allValues"):
        details.append("values: " + ", ".join(argument["allValues"]))
    if "defaultValue" in argument:
        details.append("default: " + argument["defaultValue"])
    if details:
        text = "%s (%s)" % (text, "; ".join(details)) if text else "; ".join(details)
    return [".TP", head, roff(text)]


def blocks(discussion):
    """Prose as paragraphs, headings in capitals as sections, indented lines as they stand."""
    lines, literal = [], False
    for line in discussion.split("\n"):
        indented = line.startswith(" ") and line.strip() != ""
        if literal and not indented:
            lines.append(".fi")
        if indented and not literal:
            lines.append(".nf")
        literal = indented
        if indented:
            lines.append(roff(line))
        elif not line.strip():
            lines.append(".PP")
        elif line == line.upper() and any(letter.isalpha() for letter in line):
            lines.append(".SH " + roff(line))
        else:
            lines.append(roff(line))
    return lines + ([".fi"] if literal else [])


def page(command, path, version, date):
    name = "-".join(path)
    arguments = [one for one in command.get("arguments", ()) if one.get("shouldDisplay", True)]
    children = [one for one in command.get("subcommands", ()) if one.get("shouldDisplay", True)]
    lines = [
        '.TH "%s" 1 "%s" "tracker %s" "Local Tracker"' % (roff(name.upper()), date, version),
        ".SH NAME", "%s \\- %s" % (roff(name), roff(command.get("abstract", "").rstrip("."))),
        ".SH SYNOPSIS", "\\fB%s\\fR" % roff(" ".join(path))]
    lines += ["\\fIcommand\\fR ..."] if children else []
    lines += [synopsis(one) for one in arguments]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"] + blocks(command["discussion"])
    if children:
        lines += [".SH COMMANDS"]
        for child in children:
            lines += [".TP", "\\fB%s\\fR" % roff(child["commandName"]), roff(child.get("abstract", "")),
                      "See \\fB%s\\fR(1)." % roff("-".join(path + [child["commandName"]]))]
    if arguments:
        lines += [".SH OPTIONS"]
        for argument in arguments:
            lines += item(argument)
    if len(path) > 1:
        lines += [".SH SEE ALSO", "\\fB%s\\fR(1)" % roff("-".join(path[:-1]))]
    return "\n".join(lines) + "\n"


def pages(command, path, version, date):
    """Yields the name and the text of each page, but for hidden commands and `help`."""
    yield "-".join(path) + ".1", page(command, path, version, date)
    for child in command.get("subcommands", ()):
        if child.get("shouldDisplay", True) and child["commandName"] != "help":
            yield from pages(child, path + [child["commandName"]], version, date)


if __name__ == "__main__":
    version, date, folder = sys.argv[1:]
    root = json.load(sys.stdin)["command"]
    for name, text in pages(root, [root["commandName"]], version, date):
        (pathlib.Path(folder) / name).write_text(text)
