/**
 * Live view: what a terminal shows while a run is under way, as lines; who moves the cursor is the caller's business.
 *
 * Every line fits the width: segments that do not are left out from the right, so that a number is never cut. Without a
 * terminal one plain line every few seconds says the same.
 */
import pc from 'picocolors';
import { visible } from './escape.js';
import { clock, count, duration, perSecond, roughPercent, span } from './format.js';
import { bar, clip, columns, left } from './terminal.js';

export interface LiveView {
  readonly name: string;
  readonly elapsedMs: number;
  /** null for runs that end with their iterations. */
  readonly plannedMs: number | null;
  /** 0…1 */
  readonly progress: number;
  /** What was due in the last second, and what was accepted. */
  readonly offeredPerSec: number;
  readonly achievedPerSec: number;
  readonly sessionsOpen: number;
  readonly vus: number;
  /** Response times of the last second; null when no message ended in it. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Since the start of the run: outcomes that were not the expected one. */
  readonly failuresTotal: number;
  readonly failuresPerSec: number;
  /** The most frequent of them as the server put it: hostile until escaped here; '' when none. */
  readonly topFailure: string;
  readonly dropped: number;
  readonly health: { readonly verdict: 'ok' | 'degraded' | 'invalid'; readonly utilisation: number | null };
}

export interface LiveOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

type Colors = ReturnType<typeof pc.createColors>;
type Paint = (text: string) => string;

interface Segment {
  readonly text: string;
  readonly paint?: Paint;
}

const LABEL_WIDTH = 11;
const NARROWEST = 20;

/** The load is over: one line, at most `width` columns wide. */
export function renderWaiting({ copies, leftMs }: { copies: number; leftMs: number }, width: number): string {
  const what = copies === 1 ? '1 copy' : `${count(copies)} copies`;
  return clip(`  waiting for ${what} to arrive, at most ${span(leftMs)} more (Ctrl-C: no longer)`, width);
}

/** Five lines, each at most `width` columns wide. */
export function renderLive(view: LiveView, options: LiveOptions): string[] {
  const colors = pc.createColors(options.color);
  const width = Math.max(NARROWEST, options.width);
  const row = (label: string, segments: readonly Segment[]) =>
    `  ${colors.dim(left(label, LABEL_WIDTH - 2))}${fit(segments, width - LABEL_WIDTH)}`;
  return [
    progressLine(view, width, colors),
    row('rate', rateSegments(view, colors)),
    row('response', latencySegments(view)),
    row('failures', failureSegments(view, colors, width - LABEL_WIDTH)),
    row('health', healthSegments(view, colors)),
  ];
}

/** One line without colour or control characters. */
export function renderPlainProgress(view: LiveView): string {
  const planned = view.plannedMs === null ? '' : `/${clock(view.plannedMs)}`;
  return [
    `${clock(view.elapsedMs)}${planned} (${roughPercent(view.progress)})`,
    `offered ${perSecond(view.offeredPerSec)}`,
    `accepted ${perSecond(view.achievedPerSec)}`,
    `sessions ${count(view.sessionsOpen)}`,
    `p50 ${duration(view.p50Ms)} p95 ${duration(view.p95Ms)} p99 ${duration(view.p99Ms)}`,
    `failures ${count(view.failuresTotal)}`,
    `dropped ${count(view.dropped)}`,
    `generator ${view.health.verdict}`,
  ].join('  ');
}

function progressLine(view: LiveView, width: number, colors: Colors): string {
  const planned = view.plannedMs === null ? '' : ` / ${clock(view.plannedMs)}`;
  const tail = ` ${roughPercent(view.progress).padStart(4)}  ${clock(view.elapsedMs)}${planned}`;
  const name = clip(visible(view.name), Math.max(0, Math.min(24, width - columns(tail) - 12)));
  const room = Math.max(0, Math.min(40, width - columns(tail) - columns(name) - 4));
  const done = bar(view.progress, room);
  const track = '·'.repeat(Math.max(0, room - columns(done)));
  return clipPlain(
    [
      { text: `  ${name}  `, paint: colors.bold },
      { text: done, paint: colors.cyan },
      { text: track, paint: colors.dim },
      { text: tail },
    ],
    width,
  );
}

function rateSegments(view: LiveView, colors: Colors): readonly Segment[] {
  const dropped: Segment = { text: `${count(view.dropped)} dropped`, paint: colors.yellow };
  return [
    { text: `${perSecond(view.achievedPerSec)} accepted` },
    { text: isOver(view) ? 'load is over' : `${perSecond(view.offeredPerSec)} offered` },
    ...(view.dropped > 0 ? [dropped] : []),
    { text: `sessions ${count(view.sessionsOpen)}` },
    { text: `VUs ${count(view.vus)}` },
  ];
}

/** Nothing more is begun; what was begun has its gracefulStop to end in. */
function isOver({ elapsedMs, plannedMs }: LiveView): boolean {
  return plannedMs !== null && elapsedMs > plannedMs;
}

function latencySegments(view: LiveView): readonly Segment[] {
  return [
    { text: `p50 ${duration(view.p50Ms)}` },
    { text: `p95 ${duration(view.p95Ms)}` },
    { text: `p99 ${duration(view.p99Ms)}` },
  ];
}

function failureSegments(view: LiveView, colors: Colors, room: number): readonly Segment[] {
  if (view.failuresTotal === 0) return [{ text: 'none' }];
  const numbers = `${count(view.failuresTotal)} (${perSecond(view.failuresPerSec)})`;
  const rest = room - columns(numbers) - GAP.length;
  const top = rest < 12 ? '' : clip(visible(view.topFailure), rest);
  return [{ text: numbers, paint: colors.red }, ...(top === '' ? [] : [{ text: top }])];
}

function healthSegments({ health }: LiveView, colors: Colors): readonly Segment[] {
  const paints: Readonly<Record<typeof health.verdict, Paint>> = {
    ok: colors.green,
    degraded: colors.yellow,
    invalid: colors.red,
  };
  return [
    { text: `generator ${health.verdict}`, paint: paints[health.verdict] },
    { text: `busy ${roughPercent(health.utilisation)}` },
  ];
}

const GAP = '   ';

/** As many segments as fit, from the left. */
function fit(segments: readonly Segment[], width: number): string {
  let used = 0;
  const taken: string[] = [];
  for (const { text, paint } of segments) {
    used += columns(text) + (taken.length === 0 ? 0 : GAP.length);
    if (used > width) break;
    taken.push(paint === undefined ? text : paint(text));
  }
  return taken.join(GAP);
}

/** The segments without gaps, the last ones cut where the width ends. */
function clipPlain(segments: readonly Segment[], width: number): string {
  let room = width;
  return segments
    .map(({ text, paint }) => {
      const shown = clip(text, room);
      room -= columns(shown);
      return paint === undefined || shown === '' ? shown : paint(shown);
    })
    .join('');
}
