/*
 * Charts, drawn by ECharts once one is asked for; the table beside a chart says the same for those who don't see it.
 * Colours are those of the design tokens. Tooltips are drawn on the canvas: our content policy allows no inline style.
 */

let library = null;
const charts = new Map(); // element → chart
/** Pixels of a chart on a phone. */
const NARROW = 480;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The tokens by what they mean in a chart. */
export const tones = () => ({ accent: colour("--accent"), good: colour("--good"), warn: colour("--warn"), bad: colour("--bad"), quiet: colour("--quiet-fill"), ink: colour("--ink"), soft: colour("--ink-soft"), line: colour("--line") });

/** Draw or redraw `option` (ECharts) into `element`, which has a size of its own. `label` is read out instead. */
export async function chart(element, option, label) {
  library ??= import(document.body.dataset.charts);
  const echarts = await library;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  let drawn = charts.get(element);
  if (!drawn || drawn.isDisposed()) {
    drawn = echarts.init(element, null, { renderer: "canvas" });
    charts.set(element, drawn);
    new ResizeObserver(() => drawn.isDisposed() || drawn.resize()).observe(element);
  }
  const tone = tones();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const narrow = element.clientWidth < NARROW;
  const room = option.legend ? { top: narrow ? 64 : 40 } : {}; // on a phone the legend takes two lines
  const axis = option.xAxis?.type === "value" ? { xAxis: { ...option.xAxis, splitNumber: narrow ? 3 : 5, axisLabel: { hideOverlap: true, ...option.xAxis.axisLabel } } } : {};
  drawn.setOption(
    {
      animation: !still,
      animationDuration: 200,
      color: [tone.accent, tone.warn, tone.good, tone.bad, tone.quiet],
      textStyle: { color: tone.ink, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 14 },
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      ...option,
      ...axis,
      grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true, ...option.grid, ...room },
    },
    true,
  );
  return drawn;
}
