"""What must never happen on a screen, whatever its size: measured from the boxes and styles the browser has computed.

`PROBLEMS` is a JavaScript function that returns them as lines for people, an empty list when all is well.
"""

PROBLEMS = r"""
() => {
    const SLACK = 1.5;                                     // px: boxes are rounded
    const problems = [];
    const id = (element) => element?.id ? "#" + element.id : "";
    const name = (element) => id(element)
        || `${id(element.parentElement)} ${element.localName}.${element.getAttribute("class") ?? ""}`;
    const say = (what, element, more) => problems.push(`${what}: ${name(element)} ${more}`);
    const edges = (element) => element.getBoundingClientRect();
    const seen = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const box = (rect) => [rect.left, rect.top, rect.right, rect.bottom].map(Math.round).join(",");
    const all = [...document.querySelectorAll("#screen, #screen *")].filter(seen);
    const inside = (rect, frame) => rect.left >= frame.left - SLACK && rect.top >= frame.top - SLACK
        && rect.right <= frame.right + SLACK && rect.bottom <= frame.bottom + SLACK;
    const screen = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};

    // Texts: the innermost elements with words of their own
    const words = (element) => [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    const texts = all.filter((element) => words(element).length && !element.closest("svg"));
    const block = (element) => getComputedStyle(element).display === "inline" ? block(element.parentElement) : element;
    const ink = (element) => {                             // how high the large digits really are
        const {font} = getComputedStyle(element), foot = document.createElement("span");
        foot.style.display = "inline-block";               // it stands on the line the digits stand on
        element.append(foot);
        const line = foot.getBoundingClientRect().bottom;
        foot.remove();
        const pen = Object.assign(document.createElement("canvas").getContext("2d"), {font});
        const size = pen.measureText(element.textContent.replace("/", ""));
        return {top: line - size.actualBoundingBoxAscent, bottom: line + size.actualBoundingBoxDescent};
    };
    const place = (element) => {                           // where its words are, less what a font adds above and below
        const range = document.createRange();
        range.selectNodeContents(element);
        const rects = [...range.getClientRects()].filter((rect) => rect.width);
        const [left, top] = ["left", "top"].map((side) => Math.min(...rects.map((rect) => rect[side])));
        const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...rects.map((rect) => rect[side])));
        const spare = (rects[0]?.height ?? 0) * 0.2;
        const high = element.matches(".number") ? ink(element) : {top: top + spare, bottom: bottom - spare};
        return {left, right, ...high};
    };

    // Nothing outside the screen, nothing that scrolls, no word cut off
    for (const element of all.filter((element) => !element.closest("svg"))) {
        const rect = element.getBoundingClientRect();
        if (rect.width && rect.height && !inside(rect, screen)) say("outside the screen", element, box(rect));
        const {overflowX, overflowY} = getComputedStyle(element);
        const wide = element.scrollWidth > element.clientWidth + SLACK;
        const high = element.scrollHeight > element.clientHeight + SLACK;
        const scrolls = (wide && /auto|scroll/.test(overflowX)) || (high && /auto|scroll/.test(overflowY));
        if (scrolls) say("scrolls", element, "");
        if (element.clientWidth && wide && words(element).length) {
            say("cut off", element, `${element.scrollWidth} > ${element.clientWidth}: ${element.textContent}`);
        }
        if (high && /hidden|clip/.test(overflowY) && words(element).length) {
            say("cut off below", element, `${element.scrollHeight} > ${element.clientHeight}: ${element.innerText}`);
        }
    }
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) say("scrolls", root, "");
    for (const element of texts) {
        for (let frame = block(element); frame; frame = frame.parentElement) {
            const isOwn = frame === block(element) && !frame.matches(".number");     // digits may stand out a little
            const isFrame = isOwn || getComputedStyle(frame).overflowX !== "visible";
            if (isFrame && !inside(place(element), edges(frame))) say("words outside", frame, element.textContent);
        }
    }

    // Nothing over something else: the parts of the screen, and the words in each part
    const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;
    const inOneFlow = (a, b) => !a.closest("svg") && block(a) === block(b);
    const apart = (elements, where) => {
        const rects = elements.map(where);
        elements.forEach((a, i) => elements.slice(0, i).forEach((b, j) => {
            if (!a.contains(b) && !b.contains(a) && !inOneFlow(a, b) && overlap(rects[i], rects[j])) {
                say("overlap", a, `(${a.textContent}) and ${name(b)} (${b.textContent})`);
            }
        }));
    };
    const some = (selector) => all.filter((element) => element.matches(selector));
    apart(some("header, #strip, #fault, .plot, .tile, footer > *, #screen > .line"), edges);
    apart(some("#strip, .tile, dialog"), edges);
    apart(some("header > *:not(.chips), .chip"), edges);
    apart(some("footer button"), edges);
    const layers = ".strip-lost, #link-lost, .notices, .watermark";       // made to lie over others
    for (const part of some("header, #strip, .tile, .session, .row, footer button, #screen > .line, dialog")) {
        const own = texts.filter((element) => part.contains(element) && !element.closest(layers));
        apart(own, place);
    }
    const labels = all.filter((element) => element.matches("svg text") && element.textContent.trim());
    apart([...labels, ...some("#pleth-trace")], (element) => {
        const {left, right, top, bottom} = edges(element), spare = (bottom - top) * 0.1;
        return {left, right, top: top + spare, bottom: bottom - spare};
    });

    // Contrast, in both halves of each flash; what is dimmed on purpose is not of now any more
    const parse = (text) => {
        const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
        return {r, g, b, a};
    };
    const over = (top, below) => {
        const mixed = (part) => top[part] * top.a + below[part] * (1 - top.a);
        return {r: mixed("r"), g: mixed("g"), b: mixed("b")};
    };
    const light = ({r, g, b}) => [r, g, b].map((v) => v / 255)
        .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (element) => {                          // every colour that may lie behind it
        if (!element) return [{r: 255, g: 255, b: 255}];
        const {backgroundColor, backgroundImage} = getComputedStyle(element);
        const stripes = backgroundImage.match(/rgba?\([^)]*\)/g)?.map(parse) ?? [];
        const own = stripes.length ? stripes : [parse(backgroundColor)];
        if (own.every(({a}) => a === 1)) return own;
        return ground(element.parentElement).flatMap((below) => own.map((top) => over(top, below)));
    };
    const faded = (element) => element ? Number(getComputedStyle(element).opacity) * faded(element.parentElement) : 1;
    const contrast = () => {
        for (const element of [...texts.filter((element) => !element.disabled), ...labels]) {
            const style = getComputedStyle(element);
            const color = parse(labels.includes(element) ? style.fill : style.color);
            for (const below of ground(element)) {
                const shown = over({...color, a: color.a * faded(element)}, below);
                const [a, b] = [light(shown), light(below)];
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                const least = faded(element) < 1 ? 3 : 7;
                if (ratio < least) say("contrast", element, `${ratio.toFixed(1)}: ${element.textContent}`);
            }
        }
    };
    const flashes = document.getAnimations();
    for (const share of [0.25, 0.75]) {
        for (const flash of flashes) {
            flash.pause();
            flash.currentTime = flash.effect.getTiming().duration * share;
        }
        contrast();
    }
    for (const flash of flashes) flash.play();
    return [...new Set(problems)];
}
"""
