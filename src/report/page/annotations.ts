/**
 * Annotations: what stands in a chart over time beside its lines: warm-ups as shades, actions as marks.
 *
 * Plain script in the scope of the others (page-assets.ts joins them). Names of actions are drawn, never put into markup.
 */
// biome-ignore lint/correctness/noUnusedVariables: charts.ts calls it; these scripts share one scope.
function shadeWarmups(plot: Plot, warmups: PageData['warmups'], theme: Theme): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = theme.shade;
  for (const { left, width } of warmupPlaces(plot, warmups)) ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.restore();
}

/** After the grid, which would run through the words. */
// biome-ignore lint/correctness/noUnusedVariables: charts.ts calls it; these scripts share one scope.
function labelWarmups(plot: Plot, warmups: PageData['warmups'], theme: Theme): void {
  const { ctx, bbox } = plot;
  const inset = 6 * devicePixelRatio;
  ctx.save();
  ctx.font = scaledFont(theme.font, devicePixelRatio * 0.92);
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  for (const { left, width } of warmupPlaces(plot, warmups)) {
    const fits = ctx.measureText('warm-up').width + 2 * inset < width;
    if (fits) ctx.fillText('warm-up', left + inset, bbox.top + inset);
  }
  ctx.restore();
}

/** Where the warm-ups lie, in canvas pixels, as far as they can be seen. */
function warmupPlaces(plot: Plot, warmups: PageData['warmups']): { left: number; width: number }[] {
  const { left: start, width: length } = plot.bbox;
  const within = (seconds: number) =>
    Math.min(start + length, Math.max(start, plot.valToPos(seconds, 'x', true)));
  return warmups
    .map(([from, to]) => ({ left: within(from), width: within(to) - within(from) }))
    .filter(({ width }) => width > 0);
}

function scaledFont(font: string, ratio: number): string {
  return font.replace(/^(\d+)px/, (_match, size: string) => `${Math.round(Number(size) * ratio)}px`);
}

/** A dashed line with the name beside it, on the side where there is room. */
// biome-ignore lint/correctness/noUnusedVariables: charts.ts calls it; these scripts share one scope.
function drawMarks(plot: Plot, marks: PageData['marks'], theme: Theme): void {
  const { ctx, bbox } = plot;
  const inset = 6 * devicePixelRatio;
  const end = bbox.left + bbox.width;
  ctx.save();
  ctx.font = scaledFont(theme.font, devicePixelRatio * 0.92);
  ctx.strokeStyle = theme.ink;
  ctx.fillStyle = theme.ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.textBaseline = 'top';
  marks.forEach(([seconds, name], index) => {
    const at = plot.valToPos(seconds, 'x', true);
    if (at < bbox.left || at > end) return;
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    const text = name.length > 24 ? `${name.slice(0, 23)}…` : name;
    const isRoomRight = at + inset + ctx.measureText(text).width < end;
    ctx.textAlign = isRoomRight ? 'left' : 'right';
    // Neighbours would write over each other: every other one stands lower.
    const line = (index % 3) * 15 * devicePixelRatio;
    ctx.fillText(text, at + (isRoomRight ? inset : -inset), bbox.top + inset + line);
  });
  ctx.restore();
}
