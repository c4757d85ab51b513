"""Every page in every state as a picture: wide, middle and phone, in light and dark, beside a small grey picture of how it was.
A normal run takes the wide ones in light and those of a phone in dark; the long run takes all.

TRACKER_SCREENSHOTS names the folder that keeps the pictures; TRACKER_WRITE_SCREENSHOTS=1 writes the small ones anew.
"""
import base64
import json
import os
import pathlib
import zlib

import pytest

import harness
import notebook as filled

#: With the cells across the page: text becomes a grey bar, and a chart keeps its shape.
SIZES = {(1440, 900): 64, (1024, 768): 48, (390, 844): 28}
KEPT = pathlib.Path(os.environ.get("TRACKER_SCREENSHOTS") or harness.ROOT / ".build" / "screenshots")
REFERENCES = pathlib.Path(__file__).parent / "screenshots"
RENEW = os.environ.get("TRACKER_WRITE_SCREENSHOTS") == "1"
#: Steps of grey that are kept: fewer bytes, and rounding is below what counts as another grey.
STEP = 8
#: A cell whose grey differs by this is another one: text that says another time stays below.
OTHER_GREY = 2 * STEP
#: Of the cells: a line of text more or less in a table is below, a chart or a panel is above.
MOST_OTHER_CELLS = 0.01
#: Of the height of a page: wrapped lines of other numbers are below.
MOST_OTHER_HEIGHT = 0.02
#: The page's own animations and times of day do not stand in the pictures.
STILL = {"reduced_motion": "reduce", "timezone_id": "UTC", "locale": "en-GB"}
SHRINK = """async ([data, cells]) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob());
    const rows = Math.max(1, Math.round(image.height / image.width * cells));
    const canvas = new OffscreenCanvas(cells, rows), context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, cells, rows);
    const pixels = context.getImageData(0, 0, cells, rows).data, grey = [];
    for (let at = 0; at < pixels.length; at += 4)
        grey.push(Math.round(0.3 * pixels[at] + 0.59 * pixels[at + 1] + 0.11 * pixels[at + 2]));
    return grey;
}"""


#: What pages print of this machine: a path of another length would wrap at another place.
PLACES = """(places) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        for (const [place, shown] of places) node.data = node.data.replaceAll(place, shown);
    }
}"""


@pytest.fixture(scope="module")
def notebook(binary, tmp_path_factory):
    with filled.notebook(binary, tmp_path_factory.mktemp("screenshots")) as server:
        yield server


@pytest.fixture(scope="module")
def shrinker(browser):
    """A blank page that makes pictures small and grey."""
    page = browser.new_page()
    yield lambda picture, cells: bytes(
        value // STEP for value in page.evaluate(SHRINK, [base64.b64encode(picture).decode(), cells]))
    page.close()


def packed(grey):
    return base64.b64encode(zlib.compress(grey, 9)).decode()


def unpacked(text):
    return zlib.decompress(base64.b64decode(text))


def difference(grey, reference, cells):
    """What differs, in words; None where nothing that counts does."""
    rows, before = len(grey) // cells, len(reference) // cells
    # A page that is not longer than the window has a row more or less by rounding.
    if abs(rows - before) > max(1, before * MOST_OTHER_HEIGHT):
        return "is %.0f %% as high as it was" % (100 * rows / before)
    pairs = list(zip(grey, reference))
    other = sum(abs(a - b) * STEP >= OTHER_GREY for a, b in pairs) / len(pairs)
    return "differs in %.1f %% of its cells" % (100 * other) if other > MOST_OTHER_CELLS else None


VIEWS = [(size, scheme) for size in SIZES for scheme in ("light", "dark")]


@pytest.mark.parametrize("size, scheme", VIEWS if harness.LONG else [VIEWS[0], VIEWS[-1]],
                         ids=lambda value: value if isinstance(value, str) else str(value[0]))
def test_each_page_looks_as_it_did(notebook, server, browser, shrinker, scheme, size):
    context = browser.new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, **STILL)
    page, greys, kind = context.new_page(), {}, "%d-%s" % (size[0], scheme)
    KEPT.mkdir(parents=True, exist_ok=True)
    server.states = filled.NOTHING_YET
    for shown in (notebook, server):
        for name, address in shown.states.items():
            page.goto(shown.url + address)
            page.evaluate(PLACES, [[str(shown.tracker.data), "/srv/team/data"], [str(shown.tracker.binary), "tracker"],
                                   [str(shown.port), "8082"]])
            picture = page.screenshot(path=KEPT / ("%s-%s.png" % (name.replace(" ", "-"), kind)), full_page=True)
            greys[name] = shrinker(picture, SIZES[size])
    context.close()
    file = REFERENCES / (kind + ".json")
    if RENEW:
        REFERENCES.mkdir(exist_ok=True)
        file.write_text(json.dumps({name: packed(grey) for name, grey in greys.items()}, indent=0) + "\n")
    references = {name: unpacked(text) for name, text in json.loads(file.read_text()).items()}
    assert set(greys) == set(references), "TRACKER_WRITE_SCREENSHOTS=1 writes the pictures of new states"
    found = {name: difference(grey, references[name], SIZES[size]) for name, grey in greys.items()}
    problems = ["%s %s: look at it in %s" % (name, text, KEPT) for name, text in found.items() if text]
    assert not problems, "\n".join(problems + ["TRACKER_WRITE_SCREENSHOTS=1 takes them as they are now"])


@pytest.mark.parametrize("state, fault", [
    ("shop", "figure svg { visibility: hidden }"),
    ("compare", "table { visibility: hidden }"),
    ("list", "main { transform: translateX(60px) }"),
    ("profile", "svg { visibility: hidden }")])
def test_a_fault_would_be_seen(notebook, browser, shrinker, state, fault):
    references, cells = json.loads((REFERENCES / "1440-light.json").read_text()), SIZES[1440, 900]
    page = browser.new_page(color_scheme="light", viewport={"width": 1440, "height": 900}, **STILL)
    page.goto(notebook.url + notebook.states[state])
    page.evaluate("""(fault) => {
        const sheet = new CSSStyleSheet(); sheet.replaceSync(fault); document.adoptedStyleSheets = [sheet]; }""", fault)
    found = difference(shrinker(page.screenshot(full_page=True), cells), unpacked(references[state]), cells)
    page.close()
    assert found, "%s with %s looks the same" % (state, fault)
