"""A page of --report, or a file of --trace: is it what it should be? Then a value from it.

usage: page.py PAGE.html EXPRESSION      data: what its script draws; task: by name; text: what is to be read;
                                         agrees(data, FILE): with what --status=json said
       page.py TRACE.json EXPRESSION     trace, events; slices: by thread
"""
import json, re, sys
from html.parser import HTMLParser

ELEMENTS = set("""html head meta link title style body a header h1 h2 p ul li span main section dl div dt dd b details
summary pre noscript ol table thead tbody tr th td small i abbr footer script""".split())
ATTRIBUTES = set("""lang charset http-equiv content name rel href nonce class id hidden aria-label data-t data-v tabindex open
scope title type""".split())
EMPTY = {"meta", "link"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.text, self.scripts, self.nonces, self.policy = [], [], [], set(), None

    def handle_starttag(self, tag, attrs):
        assert tag in ELEMENTS, f"an element <{tag}>"
        for key, value in attrs:
            assert key in ATTRIBUTES, f"an attribute {key} of <{tag}>"
            if key == "href":
                assert value in ("data:,", "#tasks"), f"href={value}"
            if key == "nonce":
                self.nonces.add(value)
        attrs = dict(attrs)
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if tag == "script":
            self.scripts.append([attrs, ""])
        if tag not in EMPTY:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, f"</{tag}> within {self.stack}"
        self.stack.pop()

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "script":
            self.scripts[-1][1] += data
        elif self.stack and self.stack[-1] != "style":
            self.text.append(data)


def read_page(source):
    page = Page()
    page.feed(source)
    page.close()
    assert not page.stack, f"open at the end: {page.stack}"
    assert len(page.nonces) == 1 and re.fullmatch("[0-9a-f]{32}", *page.nonces), page.nonces
    nonce = "'nonce-%s'" % page.nonces.pop()
    assert page.policy == (f"default-src 'none'; style-src {nonce}; script-src {nonce}; img-src data:; base-uri 'none'; "
                           "form-action 'none'"), page.policy
    for letter in page.text:
        bad = re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", letter)
        assert not bad, f"a control character {bad!r}"
    if not page.scripts:
        return {"data": None, "task": {}, "text": "".join(page.text)}
    (about, block), (_, script) = page.scripts
    assert about == {"type": "application/json", "id": "data"}, about
    assert "<" not in block and "\u2028" not in block and "\u2029" not in block
    outside = re.sub(r"http://www\.w3\.org/2000/svg", "", script)
    assert not re.search(r"https?:|innerHTML|outerHTML|document\.write|insertAdjacent|eval\(|fetch\(|import\(", outside)
    data = json.loads(block)
    check_data(data)
    return {"data": data, "task": {t["name"]: t for t in data["tasks"]}, "text": "".join(page.text)}


def check_data(data):
    n = len(data["tasks"])
    assert all(0 <= a < n and 0 <= b < n and a != b for a, b, _ in data["edges"])
    ends = {}
    for t in data["tasks"]:
        for a in t["attempts"]:
            before = 0
            for kind, tree, begin, end in a["spans"]:
                assert 0 <= kind < 7 and before <= begin <= end <= data["wall"] + 0.0011, (t["name"], a["spans"])
                ends.setdefault(data["worktrees"][tree], []).append((begin, end))
                before = end
    for tree, spans in ends.items():
        spans.sort()
        assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:])), f"two at once in {tree}"
    for (_, _, to), (_, begin, _) in zip(data["chain"], data["chain"][1:]):
        assert to <= begin + 0.003, "the critical path goes back in time"


ATTEMPT = ("n", "state", "seconds", "failure", "cost", "tokens_in", "tokens_out", "session", "log", "reviewer", "decision")


def agrees(data, status):
    """Does the page say of each task and attempt what the status says? What does not come to its end is
    "interrupted" where the run has."""
    with open(status, encoding="utf-8") as f:
        said = json.load(f)
    over = said["state"] != "running"

    def state(s):
        return "interrupted" if over and s in ("running", "merging") else s

    tasks = {t["name"]: t for t in data["tasks"]}
    assert data["run"] == said["run"] and data["state"] == said["state"]
    assert {n for n, t in tasks.items() if t["state"]} == {t["name"] for t in said["tasks"]}
    for t in said["tasks"]:
        mine = tasks[t["name"]]
        assert (mine["state"], mine["commit"]) == (state(t["state"]), t["commit"]), (mine, t)
        want = [{k: state(a[k]) if k == "state" else a[k] for k in ATTEMPT} for a in t["attempts"]]
        assert [{k: a[k] for k in ATTEMPT} for a in mine["attempts"]] == want, (mine, want)
    for key in "cost", "tokens_in", "tokens_out":
        known = [a[key] for t in said["tasks"] for a in t["attempts"] if a[key] is not None]
        assert data[key] == (None if not known else data[key]) and abs((data[key] or 0) - sum(known)) < 1e-6, key
    return True


def read_trace(source):
    trace = json.loads(source)
    events = trace["traceEvents"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", json.dumps(trace, ensure_ascii=False))
    last, slices, flows, names = 0, {}, {}, {}
    for e in events:
        assert {"ph", "name", "ts", "pid", "tid"} <= set(e) and e["ph"] in "MXsfCi", e
        assert isinstance(e["ts"], int) and (e["ph"] == "M" or e["ts"] >= last), e
        last = e["ts"] if e["ph"] != "M" else last
        if e["ph"] == "M":
            names.setdefault(e["name"], {})[e["tid"]] = e["args"]
        elif e["ph"] == "X":
            assert e["dur"] >= 0
            slices.setdefault(e["tid"], []).append(e)
        elif e["ph"] in "sf":
            flows.setdefault(e["id"], []).append(e)
            around = [x for x in slices.get(e["tid"], []) if x["ts"] <= e["ts"] <= x["ts"] + x["dur"]]
            assert around, f"an arrow from nowhere: {e}"
        elif e["ph"] == "C":
            assert e["args"]["running"] >= 0
        elif e["ph"] == "i":
            assert e["s"] == "t"
    for tid, list_ in slices.items():
        assert tid in names["thread_name"] and tid in names["thread_sort_index"]
        stack = []
        for e in list_:
            while stack and stack[-1]["ts"] + stack[-1]["dur"] <= e["ts"] \
                    and not (e["dur"] == 0 and stack[-1]["ts"] + stack[-1]["dur"] == e["ts"]):
                stack.pop()
            if stack:
                assert e["ts"] + e["dur"] <= stack[-1]["ts"] + stack[-1]["dur"], f"{e} goes beyond {stack[-1]}"
            stack.append(e)
    for pair in flows.values():
        assert [e["ph"] for e in pair] == ["s", "f"] and pair[0]["ts"] <= pair[1]["ts"] and pair[1]["bp"] == "e"
    return {"trace": trace, "events": events, "slices": slices, "flows": flows, "names": names}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        source = f.read()
    known = read_trace(source) if source.startswith("{") else read_page(source)
    print(eval(sys.argv[2], {"agrees": agrees, **known}))
