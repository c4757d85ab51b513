"""Which file of a target names what another file of it declares, and the cycles that makes.

A reader of tokens, not a compiler: it knows scopes, nested types, generic parameters, labels and
locals. Where a name could mean two things it sees none, so that a cycle it reports is one.
"""
import collections
import re

TOKEN = re.compile(r"`(\w+)`|[A-Za-z_]\w*|\d\w*(?:\.\d\w*)?|->|\.\.[.<]|[^\s\w]|\w")
WORD = re.compile(r"[A-Za-z_]\w*$")
TYPES = {"struct", "class", "enum", "protocol", "actor"}
MODIFIERS = {"public", "package", "internal", "private", "fileprivate", "final", "indirect",
             "nonisolated", "static", "unsafe", "lazy", "weak", "override", "mutating"}
HIDING = {"private", "fileprivate"}
FUNCTIONS = {"func", "init", "subscript", "deinit"}
# What can stand before the `in` of a closure, beside words.
CLOSURE_HEAD = set("()[],:.?<>&@=_") | {"->"}
CLOSING = {"(": ")", "[": "]", "<": ">"}


class Scope:
    """A type, an extension, a function or another pair of braces."""

    def __init__(self, outer, kind, path=(), hidden=False):
        self.outer = outer
        self.kind = kind  # file, type, code
        self.path = path  # of a type: its names from the outermost
        self.hidden = hidden
        self.generics = set()
        self.locals = set()
        self.resume = None  # of a closure: what goes on behind it, where that is not `outer`

    def code_root(self):
        """The outermost function or block in the innermost type: one room for its locals.

        None outside of code.
        """
        root, scope = None, self
        while scope.kind == "code":
            root, scope = scope, scope.outer
        return root


class SwiftFile:
    """The declarations and the uses of names of one file."""

    def __init__(self, name, code):
        self.name = name
        self.types = []  # (path, hidden)
        self.members = collections.defaultdict(set)  # path of the type: names of its members
        self.parents = collections.defaultdict(set)  # path of the type: what it conforms to
        self.globals = []  # (name, hidden): functions, constants and variables of the file
        self.uses = []  # (names of a dotted chain, scope, line)
        self.matches = list(TOKEN.finditer(code))
        self.tokens = [match.group(1) or match.group() for match in self.matches]
        self.quoted = [match.group(1) is not None for match in self.matches]
        self.lines = self.line_numbers(code)
        self.read()

    def line_numbers(self, code):
        lines, line, last = [], 1, 0
        for match in self.matches:
            line += code.count("\n", last, match.start())
            last = match.start()
            lines.append(line)
        return lines

    def token(self, at):
        return self.tokens[at] if 0 <= at < len(self.tokens) else ""

    def is_word(self, at):
        return bool(WORD.match(self.token(at)))

    def group_end(self, at):
        """The place of the bracket that closes the one at `at`."""
        opening, depth = self.tokens[at], 0
        for place in range(at, len(self.tokens)):
            if self.tokens[place] == opening:
                depth += 1
            elif self.tokens[place] == CLOSING[opening]:
                depth -= 1
                if depth == 0:
                    return place
        return len(self.tokens) - 1

    def read(self):
        self.scope = Scope(None, "file")
        self.waiting = None  # the scope of a declaration whose body has not begun, its brackets
        self.brackets = []  # the open ( [ {
        self.skip = set()  # places of names that are declared or labels
        at = 0
        while at < len(self.tokens):
            at = self.step(at)

    def step(self, at):
        token = self.tokens[at]
        if token in "([":
            self.brackets.append(token)
        elif token in ")]":
            if self.brackets:
                self.brackets.pop()
        elif token == "{":
            self.open_brace(at)
        elif token == "}":
            self.close_brace()
        elif not WORD.match(token) or at in self.skip:
            pass
        elif self.is_declaration(at):
            self.declaration(at)
        elif self.token(at - 1) != ".":
            return self.use(at)
        return at + 1

    def open_brace(self, at):
        if self.waiting and len(self.brackets) == self.waiting[1]:
            self.scope = self.waiting[0]
            self.waiting = None
        else:
            outer = self.waiting[0] if self.waiting else self.scope
            inner = Scope(outer, "code")
            # A closure in the head of a declaration: its scope ends before that of the head.
            inner.resume = self.scope, self.waiting
            self.scope, self.waiting = inner, None
            self.closure_names(at)
        self.brackets.append("{")

    def close_brace(self):
        while self.brackets and self.brackets.pop() != "{":
            pass
        if self.scope.resume:
            self.scope, self.waiting = self.scope.resume
        elif self.scope.outer:
            self.scope, self.waiting = self.scope.outer, None

    def closure_names(self, at):
        """`{ a, b in` and `{ [weak c] (a: Int) async -> Int in`: names of a closure's arguments."""
        place, names = at + 1, []
        while self.is_word(place) or self.token(place) in CLOSURE_HEAD:
            token, before = self.tokens[place], self.token(place - 1)
            if token == "in" and self.token(place + 1) != ":":
                self.scope.code_root().locals.update(names)
                return
            if before in ("{", "(", ",", "]", "weak", "unowned") and token not in CLOSURE_HEAD \
                    and self.token(place - 2) != "throws":
                names.append(token)
            place += 1

    def is_declaration(self, at):
        token, after = self.tokens[at], self.token(at + 1)
        if self.quoted[at] or self.token(at - 1) == "." or after in (":", ",", ")") \
                and token not in ("let", "var"):
            return False
        if token == "class":
            return self.is_word(at + 1) and after not in MODIFIERS | FUNCTIONS | {"var", "let"}
        if token in TYPES or token in ("extension", "typealias", "associatedtype", "func"):
            return self.is_word(at + 1) or (token == "func" and after != "")
        if token in ("init", "subscript"):
            place = at + 1
            while self.token(place) in ("?", "!"):
                place += 1
            return self.token(place) in ("(", "<") and self.scope.kind == "type" \
                and not self.in_group()
        if token == "deinit":
            return True
        if token == "case":
            return True
        return token in ("let", "var", "for")

    def in_group(self):
        return bool(self.brackets) and self.brackets[-1] != "{"

    def is_hidden(self, at):
        place = at - 1
        while place >= 0:
            token = self.tokens[place]
            if token in HIDING:
                return self.token(place + 1) != "("  # private(set) hides no name
            if token == ")":
                while place >= 0 and self.tokens[place] != "(":
                    place -= 1
            elif token not in MODIFIERS and self.token(place - 1) != "@":
                return False
            place -= 1
        return False

    def declaration(self, at):
        token = self.tokens[at]
        if token in TYPES or token == "extension":
            self.type_declaration(at, token)
        elif token in FUNCTIONS:
            self.function_declaration(at, token)
        elif token in ("typealias", "associatedtype"):
            self.end_waiting()
            self.declare_type(at, self.tokens[at + 1])
            self.skip.add(at + 1)
        elif token == "case":
            self.case_declaration(at)
        else:
            self.binding(at)

    def end_waiting(self):
        """A requirement of a protocol has no body: the next declaration ends it."""
        if self.waiting and len(self.brackets) == self.waiting[1]:
            self.waiting = None

    def type_declaration(self, at, token):
        names, place = [self.tokens[at + 1]], at + 2
        while token == "extension" and self.token(place) == "." and self.is_word(place + 1):
            names.append(self.tokens[place + 1])
            place += 2
        hidden = self.is_hidden(at) or self.scope.hidden
        if token == "extension":
            path = tuple(names)
            self.uses.append((path, self.scope, self.lines[at]))
        else:
            path = self.declare_type(at, names[0])
        self.skip.update(range(at + 1, place))
        inner = Scope(self.scope, "type" if path else "code", path or (), hidden)
        self.generic_names(inner, place)
        self.waiting = inner, len(self.brackets)
        place = self.token(place) == "<" and self.group_end(place) + 1 or place
        if self.token(place) == ":" and path:
            while self.token(place) not in ("{", "where", ""):
                if self.is_word(place):
                    self.parents[path].add(self.tokens[place])
                place += 1

    def declare_type(self, at, name):
        """The path of the new type; None where it is local to a function."""
        if self.scope.kind == "code":
            self.scope.code_root().generics.add(name)
            return None
        path = self.scope.path + (name,)
        if self.tokens[at] == "associatedtype":
            self.members[self.scope.path].add(name)
        else:
            self.types.append((path, self.is_hidden(at) or self.scope.hidden))
        return path

    def generic_names(self, scope, place):
        if self.token(place) != "<":
            return
        depth, end = 0, self.group_end(place)
        for at in range(place, end):
            depth += {"<": 1, ">": -1, "(": 1, ")": -1}.get(self.tokens[at], 0)
            if depth == 1 and self.token(at - 1) in ("<", ",", "each", "let") and self.is_word(at):
                scope.generics.add(self.tokens[at])

    def function_declaration(self, at, token):
        place = at + 1
        if token == "func":
            if self.is_word(place):
                self.declare_value(at, self.tokens[place])
                self.skip.add(place)
            else:
                while self.matches[place].end() == self.matches[place + 1].start() \
                        and self.token(place + 1) != "(":
                    place += 1
            place += 1
        while self.token(place) in ("?", "!"):
            place += 1
        inner = Scope(self.scope, "code")
        self.generic_names(inner, place)
        self.waiting = inner, len(self.brackets)

    def declare_value(self, at, name):
        if self.scope.kind == "file":
            self.globals.append((name, self.is_hidden(at)))
        elif self.scope.kind == "type":
            self.members[self.scope.path].add(name)
        else:
            self.scope.code_root().locals.add(name)

    def case_declaration(self, at):
        """The cases of an enum; in a function `case` is a pattern, where `let` binds."""
        if self.scope.kind != "type":
            return
        place = at + 1
        while self.is_word(place):
            self.members[self.scope.path].add(self.tokens[place])
            self.skip.add(place)
            place += 1
            if self.token(place) == "(":
                place = self.group_end(place) + 1
            if self.token(place) != ",":
                return
            place += 1

    def binding(self, at):
        """The names after `let`, `var` or `for`, also in brackets: `let (a, b)`, `let .some(a)`."""
        if not self.in_group() and self.scope.kind != "code":
            self.end_waiting()
        place = at + 1
        while self.token(place) in ("try", "await", "case", "let", "var", "unsafe"):
            place += 1
        while self.token(place) == "." or self.token(place + 1) == ".":
            place += 1
        if self.token(place + 1) == "(" and self.token(place - 1) == ".":
            place += 1
        if self.token(place) == "(":
            names = [name for name in range(place, self.group_end(place))
                     if self.is_word(name) and self.token(name - 1) in ("(", ",", ":", "let", "var")]
        else:
            names = [place] if self.is_word(place) else []
        for name in names:
            if self.token(name + 1) != "." and self.tokens[name] != "let":
                self.skip.add(name)
                scope = self.waiting[0] if self.waiting and self.in_group() else self.scope
                if scope.kind == "code":
                    scope.code_root().locals.add(self.tokens[name])
                else:
                    self.declare_value(at, self.tokens[name])

    def use(self, at):
        names, place = [self.tokens[at]], at
        while self.token(place + 1) == "." and self.is_word(place + 2):
            names.append(self.tokens[place + 2])
            place += 2
        scope = self.waiting[0] if self.waiting else self.scope
        if len(names) > 1 or not self.is_label(at):
            self.uses.append((tuple(names), scope, self.lines[at]))
        elif self.waiting and self.brackets[-1:] == ["("] and scope.kind == "code" \
                and self.token(at + 1) == ":":
            scope.code_root().locals.add(names[0])  # a parameter
        return place + 1

    def is_label(self, at):
        """`name` in `f(name: 1)`, `of` and `name` in `f(of name: Name)`.

        A key of a dictionary and the middle of `a ? b : c` stand before a colon too.
        """
        before, in_list = self.token(at - 1), self.brackets[-1:] == ["("]
        if self.token(at + 1) != ":":
            return in_list and before in ("(", ",") and self.is_word(at + 1) \
                and self.token(at + 2) == ":"
        if in_list:
            return before in ("(", ",") or self.is_word(at - 1)
        return before == "}" or self.token(at + 2) in ("for", "while", "repeat", "do", "switch", "if")


class Target:
    """The files of a target: what each declares, and which of it the others name."""

    def __init__(self, name, sources):
        """`sources`: the code of each file, by its name, without comments and strings."""
        self.name = name
        self.files = {file: SwiftFile(file, code) for file, code in sources.items()}
        self.types = collections.defaultdict(list)
        self.values = collections.defaultdict(list)
        self.members = collections.defaultdict(set)
        self.parents = collections.defaultdict(set)
        for file in self.files.values():
            for path, hidden in file.types:
                self.types[path].append((file.name, hidden))
            for value, hidden in file.globals:
                self.values[value].append((file.name, hidden))
            for path, names in file.members.items():
                self.members[path] |= names
            for path, names in file.parents.items():
                self.parents[path] |= names
        self.edges = {file: collections.defaultdict(dict) for file in self.files}
        for file in self.files.values():
            for names, scope, line in file.uses:
                for other, shown in self.meant(file, names, scope):
                    if other != file.name:
                        self.edges[file.name][other].setdefault(shown, line)

    def visible(self, table, key, file):
        """Where `key` is declared as seen from `file`; None if nowhere or in more than one file."""
        found = table.get(key, ())
        own = [name for name, hidden in found if name == file.name]
        others = {name for name, hidden in found if not hidden}
        return file.name if own else others.pop() if len(others) == 1 else None

    def is_type(self, path, file):
        return any(name == file.name or not hidden for name, hidden in self.types.get(path, ()))

    def kin(self, path):
        """The type and what of this target it conforms to or inherits from."""
        seen, rest = [], [path]
        while rest:
            path = rest.pop()
            if path not in seen:
                seen.append(path)
                rest += [(parent,) for parent in sorted(self.parents.get(path, ()))]
        return seen

    def meant(self, file, names, scope):
        """The files in which the types of a dotted chain, or its first function, are declared."""
        first, inner = names[0], scope
        if first == self.name and len(names) > 1:
            names, first, inner = names[1:], names[1], None
        path = None
        while inner and path is None:
            if first in inner.generics or first in inner.locals:
                return
            if inner.kind == "type":
                path = self.nested(inner.path, first, file)
                if path is None and any(first in self.members.get(kin, ()) for kin in self.kin(inner.path)):
                    return
            inner = inner.outer
        if path is None and (self.is_type((first,), file) or self.extended(first, names)):
            path = (first,)
        if path is None:
            where = self.visible(self.values, first, file)
            if where:
                yield where, first
            return
        at = 0
        while True:
            where = self.visible(self.types, path, file)
            if where:
                yield where, ".".join(path)
            at += 1
            deeper = self.nested(path, names[at], file, outward=False) if at < len(names) else None
            if not deeper:
                return
            path = deeper

    def extended(self, first, names):
        """A type of another target that has a type of this one inside."""
        return len(names) > 1 and (first, names[1]) in self.types

    def nested(self, path, name, file, outward=True):
        """The path of the type `name` as seen inside the type `path`."""
        while path:
            for kin in self.kin(path):
                if self.is_type(kin + (name,), file):
                    return kin + (name,)
            path = path[:-1] if outward else ()
        return None

    def knots(self):
        """Sets of files that reach each other, the largest first."""
        reach = {}
        for file in self.files:
            seen, rest = set(), list(self.edges[file])
            while rest:
                other = rest.pop()
                if other not in seen:
                    seen.add(other)
                    rest += self.edges[other]
            reach[file] = seen
        knots = {frozenset(other for other in reach[file] if file in reach[other])
                 for file in self.files if file in reach[file]}
        return sorted(knots, key=lambda knot: (-len(knot), sorted(knot)))

    def shortest_cycle(self, knot):
        """The files of a shortest way round, the first again at its end."""
        best = None
        for start in sorted(knot):
            ways, rest = {start: None}, collections.deque([start])
            while rest:
                file = rest.popleft()
                if start in self.edges[file]:
                    way = [start]
                    while file is not None:
                        way.append(file)
                        file = ways[file]
                    if best is None or len(way) < len(best):
                        best = way[::-1]
                    break
                for other in sorted(self.edges[file]):
                    if other in knot and other not in ways:
                        ways[other] = file
                        rest.append(other)
        return best
