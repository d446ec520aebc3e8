// Accessibility and width of a page, looked at twice: as it is, and in another width or other colours.
//
// Most rules of axe look at the document alone; what a width or colours cannot change is not looked at twice.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The rules that another width or other colours can break. */
const LAYOUT = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"];

/** What axe calls serious by these rules, and the elements. The page has been given axe. */
async function violations(page, rules) {
  const options = { runOnly: rules, resultTypes: ["violations"], elementRef: false };
  const { violations: found } = await page.evaluate((wanted) => globalThis.axe.run(wanted), options);
  const bad = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** Whether a page is wider than the window, and by how much. */
async function tooWide(page) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wider > 0 ? [`${wider} px wider than the window`] : [];
}

/** Marks what is seen now. */
const markSeen = (page) =>
  page.evaluate(() => {
    for (const element of document.body.querySelectorAll("*")) element.seen = element.checkVisibility();
  });

/** Whether something is seen now that was not when it was marked: then the document is another one to whoever reads it. */
const showsMore = (page) =>
  page.evaluate(() => [...document.body.querySelectorAll("*")].some((element) => element.checkVisibility() && element.seen === false));

/**
 * Looks at a page as it is now by every rule, and after `change` by those that the change can break: by every rule again
 * when it shows more than before.
 */
export async function inspectTwice(page, rules, change) {
  await page.evaluate(axe);
  const first = [...(await violations(page, rules)), ...(await tooWide(page))];
  await markSeen(page);
  await change();
  const again = (await showsMore(page)) ? rules : LAYOUT;
  return { first, then: [...(await violations(page, again)), ...(await tooWide(page))] };
}
