"""Clicks and types through the page of --report in a Chromium without a screen, and takes pictures of it.

usage: browser.py PICTURES STOREFRONT.html HOSTILE.html LARGE.html

Speaks WebDriver to chromedriver. Ends with 0, or says what is not as it should be.
"""
import base64, json, os, re, shutil, subprocess, sys, time, urllib.error, urllib.request

pictures, storefront, hostile, large = sys.argv[1:]
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Esc": "\ue00c", "Left": "\ue012", "Up": "\ue013", "Right": "\ue014",
        "Down": "\ue015", "Home": "\ue011", "End": "\ue010", "Shift": "\ue008"}


class Browser:
    def __init__(self):
        log = os.path.join(os.getcwd(), "chromedriver.log")
        self.driver = subprocess.Popen(["chromedriver", "--port=0", f"--log-path={log}"], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True)
        self.session = None
        for line in self.driver.stdout:
            found = re.search(r"successfully on port (\d+)", line)
            if found:
                break
        else:
            sys.exit("chromedriver did not start")
        self.url = f"http://127.0.0.1:{found[1]}"
        args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
                "--disable-dev-shm-usage", "--font-render-hinting=none"]
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args, "binary": shutil.which("chromium")},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = "/session/" + made["sessionId"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, headers={"content-type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            value = json.load(e)["value"]
            raise AssertionError(value["error"] + ": " + value["message"].split("\n")[0]) from None

    def do(self, path, **body):
        return self.call("POST", self.session + path, body)

    def devtools(self, command, **params):
        return self.do("/goog/cdp/execute", cmd=command, params=params)

    def js(self, script, *args):
        return self.do("/execute/sync", script=script, args=list(args))

    def open(self, file, fragment=""):
        self.do("/url", url="about:blank")
        self.do("/url", url="file://" + os.path.abspath(file) + fragment)
        self.settle()

    def settle(self):
        """until what is to be drawn is"""
        self.do("/execute/async", args=[], script="""const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))""")

    def size(self, width, height, mobile=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.settle()

    def media(self, kind="", **features):
        self.devtools("Emulation.setEmulatedMedia", media=kind, features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])
        self.settle()

    def element(self, css):
        return list(self.do("/element", using="css selector", value=css).values())[0]

    def click(self, css):
        self.do(f"/element/{self.element(css)}/click")
        self.settle()

    def press(self, *keys):
        actions = []
        for key in keys:
            down = [KEYS["Shift"], KEYS[key[6:]]] if key.startswith("Shift+") else [KEYS.get(key, key)]
            actions += [{"type": "keyDown", "value": k} for k in down] + [{"type": "keyUp", "value": k} for k in down[::-1]]
        self.do("/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])
        self.settle()

    def focused(self):
        return self.js("""const e = document.activeElement;
            return e.id || e.getAttribute('aria-label') || (e.tagName === 'TR' ? 'row ' + e.cells[0].firstChild.textContent
                : e.textContent.trim())""")

    def picture(self, name, whole=False):
        os.makedirs(pictures, exist_ok=True)
        if whole:
            width = self.js("return innerWidth")
            self.size(width, self.js("return Math.ceil(document.documentElement.getBoundingClientRect().height)"), width < 600)
        shot = base64.b64decode(self.devtools("Page.captureScreenshot", format="png")["data"])
        with open(os.path.join(pictures, name), "wb") as f:
            f.write(shot)

    def quiet(self):
        """nothing was complained about, and nothing asked of the network"""
        said = [e["message"] for e in self.do("/se/log", type="browser")]
        assert not said, said
        for entry in self.do("/se/log", type="performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                assert re.match("file:|data:|about:", url), url

    def close(self):
        try:
            if self.session:
                self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()


def same(got, want):
    assert got == want, f"{got!r} is not {want!r}"


# what is in the details, or None where they are closed
DETAIL = "const d = document.getElementById('detail'); return d.hidden ? null : d.querySelector('h2').firstChild.textContent"
ROWS = "return [...document.querySelectorAll('#tasks tbody tr')].filter((r) => !r.hidden).map((r) => r.querySelector('b').textContent)"
NODE = "[...document.querySelectorAll('.node')].find((n) => n.querySelector('.name').textContent === arguments[0])"
ACTIVE = """const id = document.activeElement.getAttribute('aria-activedescendant');
    const e = id && document.getElementById(id); return e ? e.getAttribute('aria-label').split(',')[0] : null"""
# of all text that can be seen, what can hardly be read on what is behind it
CONTRAST = """
const seen = new Set(), bad = [];
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgb = (c) => { canvas.fillStyle = '#000'; canvas.fillStyle = c; canvas.clearRect(0, 0, 1, 1); canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.getClientRects().length || seen.has(e) || e.closest('script, .tip'))
        continue;
    seen.add(e);
    const style = getComputedStyle(e), color = rgb(e.closest('svg') ? style.fill : style.color);
    let b = e, back = [0, 0, 0, 0];
    while (b && back[3] < 255) {
        back = rgb(getComputedStyle(b).backgroundColor);
        b = b.parentElement;
    }
    const [x, y] = [light(color), light(back)], ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    if (ratio < 4.5)
        bad.push(e.outerHTML.slice(0, 90) + ' ' + ratio.toFixed(2));
}
return [seen.size, bad];
"""


def fits(b):
    wide = b.js("""return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5
        && !e.closest('.box, .scroll, pre') && getComputedStyle(e).position !== 'absolute').map((e) => e.outerHTML.slice(0, 80))""")
    assert b.js("return document.documentElement.scrollWidth <= innerWidth"), wide


def readable(b):
    n, bad = b.js(CONTRAST)
    assert n > 60 and not bad, bad


def by_mouse(b):
    b.size(1280, 900)
    b.open(storefront)
    same(b.js(DETAIL), None)
    b.do(f"/element/{list(b.js('return ' + NODE, 'auth').values())[0]}/click")
    same(b.js(DETAIL), "auth")
    text = b.js("return document.getElementById('detail').innerText")
    for part in "Move sessions to signed cookies", "Attempt 2", "Attempt 1", "2 of 14 failed", "src/lib/auth.ts", "schema, middleware":
        assert part in text, f"{part} is not in {text}"
    same(b.js("return document.querySelector('.node.selected .name').textContent"), "auth")
    same(b.js("return document.querySelector('tr[aria-current] b').textContent"), "auth")
    same(b.js("return decodeURIComponent(location.hash)"), "#task=auth")
    b.click("#detail .about button")  # schema, which it waits for, or middleware
    assert b.js(DETAIL) in ("schema", "middleware")
    assert "Began\nwith the run" in b.js("return document.getElementById('detail').innerText")
    b.click("#detail .head button")
    same(b.js(DETAIL), None)
    b.do(f"/element/{list(b.js('return document.querySelector(`[data-s] rect.k3`)').values())[0]}/click")
    assert b.js(DETAIL) in ("middleware", "routes-billing")
    b.click("#detail .head button")
    b.click(".failure > button")
    same(b.js(DETAIL), "load-test")
    assert "p99 of POST /billing is 412ms" in b.js("return document.getElementById('detail').innerText")
    b.click("#detail .head button")


def table(b):
    times = "return [...document.querySelectorAll('#tasks tbody td:nth-child(4)')].map((c) => c.dataset.v === undefined ? null : +c.dataset.v)"
    before = b.js(ROWS)
    b.click("#tasks thead th:nth-child(4) button")
    down = b.js(times)
    known = [v for v in down if v is not None]
    assert known == sorted(known, reverse=True) and down[-1] is None and len(known) == 12, down
    same(b.js("return document.querySelector('#tasks [aria-sort]').ariaSort"), "descending")
    b.click("#tasks thead th:nth-child(4) button")
    up = b.js(times)
    assert up[:len(known)] == sorted(known) and up[-1] is None, up
    b.click("#tasks thead th:nth-child(1) button")
    same(b.js(ROWS), sorted(before))
    cells = "[...document.querySelectorAll('#tasks tbody td:nth-child(3)')]"
    b.js(cells + ".forEach((c, i) => { c.dataset.v = i % 4 * 2; })")
    for order in ("descending", "ascending"): # by two, the least number that is not the next one
        b.click("#tasks thead th:nth-child(3) button")
        values = b.js(f"return {cells}.map((c) => +c.dataset.v)")
        assert values == sorted(values, reverse=order == "descending"), (order, values)
    b.click("#tasks thead th:nth-child(1) button")
    same(b.js(ROWS), sorted(before))
    b.click("#filter")
    b.press(*"fail")
    same(b.js(ROWS), ["load-test"])
    same(b.js("return document.querySelector('.says').textContent"), "1 of 13")
    b.press("Esc")
    same(len(b.js(ROWS)), 13)


def by_keys(b):
    b.open(storefront)
    reached = []
    for _ in range(60):
        b.press("Tab")
        reached.append(b.focused())
        style = b.js("const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]")
        assert style[0] != "none" and style[1] != "0px", f"{reached[-1]} does not show that it has the focus"
        if reached[-1].startswith("row "):
            break
    for part in "Go to the tasks", "tail-11", "Attempts by time", "Tasks and what blocks them", "auth", "filter", "Time":
        assert any(part in r.split(" ✕")[0] for r in reached), f"{part} is not reached: {reached}"
    same(reached[-1], "row schema")
    b.press("Down", "Down", "Enter")
    same(b.js(DETAIL), "auth")
    same(b.focused(), "detail")
    b.press("Esc")
    same(b.js(DETAIL), None)
    same(b.focused(), "row auth")
    b.press("/")
    same(b.focused(), "filter")
    b.press(*"docs", "Down", "Enter")
    same(b.js(DETAIL), "docs")
    b.press("Esc")
    b.js("document.querySelector('#timeline .box').focus()")
    b.settle()
    first = b.js(ACTIVE)
    same(first, "schema")
    b.press("Right")
    assert b.js(ACTIVE) != first
    for _ in range(12):
        if b.js(ACTIVE) == "middleware":
            break
        b.press("Down", *["Left"] * 9)
    same(b.js(ACTIVE), "middleware")
    b.press("+", "+")
    assert b.js("const t = document.querySelector('#timeline .bars'); return t.getBoundingClientRect().width > 3 * innerWidth")
    b.press("0", "Enter")
    same(b.js(DETAIL), "middleware")
    b.press("Esc")
    same(b.focused(), "Attempts by time")
    b.js("document.querySelector('#graph .box').focus()")
    b.settle()
    b.press("Home", "Right")
    waits = b.js(ACTIVE)
    assert waits in ("load-test", "auth", "search-synonyms"), waits
    b.press("Left", "Enter")
    same(b.js(DETAIL), b.js("return document.querySelector('.node.selected .name').textContent"))
    b.press("Esc")
    same(b.focused(), "Tasks and what blocks them")


def colours(b):
    b.open(storefront)
    back = "return getComputedStyle(document.body).backgroundColor"
    for scheme in "light", "dark":
        b.media(prefers_color_scheme=scheme)
        b.js("select(tasks.find((t) => t.name === 'auth'), null)")
        b.settle()
        readable(b)
        b.press("Esc")
        b.picture(scheme + ".png", True)
        b.size(1280, 900)
    dark = b.js(back)
    b.click(".theme")
    same(b.js("return document.querySelector('.theme').textContent"), "theme: light")
    light = b.js(back)
    assert light != dark, light
    b.media(prefers_color_scheme="light")
    same(b.js(back), light)
    b.click(".theme")
    same(b.js(back), dark)
    readable(b)
    b.media(prefers_reduced_motion="reduce")
    b.js("select(tasks[0], null)")
    same(b.js("return getComputedStyle(document.getElementById('detail')).animationName"), "none")


def small(b):
    b.media(prefers_color_scheme="light")
    for width in 390, 360:
        for file in storefront, hostile:
            b.size(width, 844, True)
            b.open(file)
            fits(b)
            b.js("select(tasks[0], null)")
            b.settle()
            fits(b)
            assert b.js("const d = document.getElementById('detail').getBoundingClientRect(); return d.right <= innerWidth && d.bottom <= innerHeight")
    b.size(390, 844, True)
    b.open(storefront)
    b.picture("phone.png", True)


def printed(b):
    b.size(900, 1200)
    b.media("print", prefers_color_scheme="dark")
    b.open(storefront)
    b.js("dispatchEvent(new Event('beforeprint'))")
    b.settle()
    same(b.js("return [...document.querySelectorAll('.tools, .keys, .theme')].filter((e) => e.getClientRects().length).length"), 0)
    same(b.js("return getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
    assert b.js("return document.querySelector('#graph svg').getBoundingClientRect().right <= innerWidth")
    b.picture("print.png", True)
    b.media(prefers_color_scheme="light")


def harmless(b):
    b.size(1280, 900)
    b.open(hostile)
    for index in range(b.js("return tasks.length")):
        b.js("select(tasks[arguments[0]], null)", index)
        b.js("showTip(nodeSays(graph.at.get(tasks[arguments[0]])), 9, 9)", index)
    b.settle()
    same(b.js("return [typeof hacked, document.querySelectorAll('img, iframe, object').length, document.scripts.length]"),
         ["undefined", 0, 2])
    assert "<img src=x onerror=hacked=1>" in b.js("return document.body.innerText")
    same(b.js("const e = document.querySelector('table'); return e.scrollWidth <= e.parentElement.clientWidth"), True)
    b.open(storefront, "#task=auth")
    same(b.js(DETAIL), "auth")
    b.open(storefront, "#task=%E0%A4%A")
    same(b.js(DETAIL), None)


def thousand(b):
    b.size(1280, 900)
    b.open(large)
    same(len(b.js(ROWS)), 1000)
    boxes = b.js("return document.querySelectorAll('.node').length")
    assert 20 < boxes < 300, boxes
    folded = "return [...document.querySelectorAll('.node.fold .name')].map((n) => n.textContent)"
    n = len(b.js(folded))
    assert n > 5, n
    b.js("document.querySelector('#graph .box').focus()")
    b.press("Home", "End", "Home")
    for _ in range(20):
        if re.fullmatch(r"\d+ tasks", b.js(ACTIVE)):
            break
        b.press("Down")
    b.press("Enter")
    assert len(b.js(folded)) == n - 1 and b.js("return document.querySelectorAll('.node').length") > boxes
    b.js("document.getElementById('filter').focus()")
    b.press(*"module-0777", "Enter", "Enter")
    same(b.js(DETAIL), "port/module-0777")
    same(b.js("return document.querySelector('.node.selected .name').textContent"), "port/module-0777")
    b.press("Esc")
    b.click("#timeline .tools button:nth-child(2)")
    assert b.js("return document.querySelectorAll('.stay').length") < 400
    b.js("document.querySelector('#timeline .box').scrollTop = 12000")
    b.settle()
    shown = b.js("return [...document.querySelectorAll('.labels span')].map((e) => e.textContent)")
    assert "port/module-0500" in shown and len(shown) < 100, shown
    fits(b)


def bare(b):
    """without its script"""
    b.devtools("Emulation.setScriptExecutionDisabled", value=True)
    b.do("/url", url="file://" + os.path.abspath(storefront))
    root = b.devtools("DOM.getDocument")["root"]["nodeId"]

    def there(css):
        node = b.devtools("DOM.querySelector", nodeId=root, selector=css)["nodeId"]
        try:
            return bool(node) and b.devtools("DOM.getBoxModel", nodeId=node)["model"]["height"] > 0
        except AssertionError:
            return False

    same([there(css) for css in ("noscript p", "tr[data-t='11']", ".failure pre", ".figures", "#timeline", "#graph")],
         [True, True, True, True, False, False])
    b.picture("bare.png")
    b.devtools("Emulation.setScriptExecutionDisabled", value=False)


def readme(b):
    b.media(prefers_color_scheme="light")
    b.size(1200, 1080)
    b.open(storefront)
    b.js("document.querySelectorAll('.failure').forEach((d) => { d.open = false; })")
    b.settle()
    b.size(1200, b.js("return Math.round(document.getElementById('chain').getBoundingClientRect().top) - 6"))
    b.picture("report.png")


b = Browser()
try:
    for test in by_mouse, table, by_keys, colours, small, printed, harmless, thousand, bare, readme:
        try:
            test(b)
            b.quiet()
        except AssertionError as e:
            sys.exit(f"{test.__name__}: {e}\n  at {e.__traceback__.tb_next and e.__traceback__.tb_next.tb_lineno}")
finally:
    b.close()
