/**
 * Charts: the options and columns of each chart, for uPlot.
 *
 * A chart is made anew whenever its colours, its scale or the medium change; only a new width is handed to a living one.
 */
type PageData = import('../page-data.js').PageData;
type Values = import('../page-data.js').Values;
type Plot = import('uplot');
type PlotOptions = import('uplot').Options;
type PlotSeries = import('uplot').Series;
type PlotAxis = import('uplot').Axis;

interface ChartContent {
  readonly options: Omit<PlotOptions, 'width' | 'height'>;
  readonly columns: readonly (readonly number[] | Values)[];
}

interface ChartContext {
  readonly data: PageData;
  readonly theme: Theme;
  readonly isLog: boolean;
}

interface LineStyle {
  readonly label: string;
  readonly color: string;
  readonly values: Values;
  readonly dash?: number[];
  readonly fill?: string;
  readonly scale?: string;
  readonly width?: number;
  readonly write: (value: number) => string;
}

/** By the name in a figure's `data-chart`. */
// biome-ignore lint/correctness/noUnusedVariables: page.ts reads it; these scripts share one scope.
const CHARTS: Readonly<Record<string, (context: ChartContext) => ChartContent>> = {
  rate: rateChart,
  latency: latencyChart,
  percentiles: percentileChart,
  generator: generatorChart,
  backlog: backlogChart,
};

const X_AXIS_HEIGHT = 34;
const FEW_POINTS = 12;
const SECOND_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const PERCENTILE_TICKS: readonly (readonly [position: number, label: string])[] = [
  [0, '0%'],
  [Math.log10(2), '50%'],
  [1, '90%'],
  [2, '99%'],
  [3, '99.9%'],
  [4, '99.99%'],
  [5, '99.999%'],
  [6, '99.9999%'],
];

function rateChart({ data, theme }: ChartContext): ChartContent {
  const { series } = data;
  const isSeen = (values: Values) => values.some((value) => value !== null && value > 0);
  const lines: LineStyle[] = [
    {
      label: 'offered',
      color: theme.grey,
      values: series.offered,
      fill: theme.shade,
      width: 1.5,
      write: perSecond,
    },
    {
      label: 'started',
      color: theme.teal,
      values: series.started,
      dash: [5, 4],
      width: 1.5,
      write: perSecond,
    },
    { label: 'accepted', color: theme.blue, values: series.accepted, width: 2.25, write: perSecond },
  ];
  if (isSeen(series.rejected)) {
    lines.push({
      label: 'rejected',
      color: theme.violet,
      values: series.rejected,
      dash: [2, 3],
      write: perSecond,
    });
  }
  if (isSeen(series.failed)) {
    lines.push({ label: 'failed', color: theme.orange, values: series.failed, write: perSecond });
  }
  return timeChart(data, theme, { lines, axes: [valueAxis(theme, writeCount)], scales: { y: fromZero() } });
}

function latencyChart({ data, theme, isLog }: ChartContext): ChartContent {
  const { series } = data;
  const lines: LineStyle[] = [
    { label: 'p50', color: theme.teal, values: scalable(series.p50, isLog), write: writeMs },
    { label: 'p95', color: theme.blue, values: scalable(series.p95, isLog), dash: [7, 3], write: writeMs },
    { label: 'p99', color: theme.orange, values: scalable(series.p99, isLog), write: writeMs },
  ];
  return timeChart(data, theme, {
    lines,
    axes: [valueAxis(theme, writeMs)],
    scales: { y: isLog ? { distr: 3, log: 10 } : fromZero() },
  });
}

function generatorChart({ data, theme }: ChartContext): ChartContent {
  const { series } = data;
  const busy = (value: number) => `${Math.round(value)}%`;
  const lines: LineStyle[] = [
    { label: 'sessions open', color: theme.blue, values: series.sessionsOpen, write: writeCount },
    {
      label: 'generator busy',
      color: theme.orange,
      values: series.busyPercent,
      dash: [7, 3],
      scale: 'share',
      write: busy,
    },
  ];
  const right: PlotAxis = { ...valueAxis(theme, busy), scale: 'share', side: 1, grid: { show: false } };
  return timeChart(data, theme, {
    lines,
    axes: [valueAxis(theme, writeCount), right],
    scales: { y: fromZero(), share: { range: [0, 100] } },
  });
}

function backlogChart({ data, theme }: ChartContext): ChartContent {
  const backlog: LineStyle = {
    label: 'backlog',
    color: theme.orange,
    values: data.series.backlog,
    fill: theme.shade,
    write: writeCount,
  };
  return timeChart(data, theme, {
    lines: [backlog],
    axes: [valueAxis(theme, writeCount)],
    scales: { y: fromZero() },
  });
}

function percentileChart({ data, theme, isLog }: ChartContext): ChartContent {
  const { curve } = data;
  const lines: LineStyle[] = [
    {
      label: 'response time',
      color: theme.blue,
      values: scalable(curve.response, isLog),
      width: 2.25,
      write: writeMs,
    },
    {
      label: 'service time',
      color: theme.teal,
      values: scalable(curve.service, isLog),
      dash: [6, 4],
      write: writeMs,
    },
  ];
  const end = curve.position[curve.position.length - 1] ?? 1;
  const ticks = PERCENTILE_TICKS.filter(([position]) => position <= end + 1e-6);
  const axis: PlotAxis = {
    ...baseAxis(theme),
    size: X_AXIS_HEIGHT,
    splits: () => ticks.map(([position]) => position),
    // 50 % stands close to 0 %: on a phone there is no room for both.
    values: (plot) => ticks.map(([, label]) => (label === '50%' && plot.width < 520 ? '' : label)),
  };
  return {
    columns: [curve.position, ...lines.map((line) => line.values)],
    options: {
      ...commonOptions(),
      scales: { x: { time: false }, y: isLog ? { distr: 3, log: 10 } : fromZero() },
      axes: [axis, valueAxis(theme, writeMs)],
      series: [
        {
          label: 'percentile',
          value: (_plot, position) => (position === null ? '–' : writePercentile(position)),
        },
        ...lines.map(toSeries),
      ],
    },
  };
}

interface TimeChartParts {
  readonly lines: readonly LineStyle[];
  readonly axes: readonly PlotAxis[];
  readonly scales: NonNullable<PlotOptions['scales']>;
}

function timeChart(data: PageData, theme: Theme, { lines, axes, scales }: TimeChartParts): ChartContent {
  const xAxis: PlotAxis = {
    ...baseAxis(theme),
    size: X_AXIS_HEIGHT,
    incrs: SECOND_STEPS,
    values: (_plot, splits) => splits.map((seconds) => writeClock(seconds)),
  };
  return {
    columns: [data.series.t, ...lines.map((line) => line.values)],
    options: {
      ...commonOptions(),
      scales: { x: { time: false }, ...scales },
      axes: [xAxis, ...axes],
      series: [
        { label: 'time', value: (_plot, seconds) => (seconds === null ? '–' : writeClock(seconds)) },
        ...lines.map(toSeries),
      ],
      cursor: { ...commonOptions().cursor, sync: { key: 'time' } },
      hooks: {
        drawClear: [(plot) => shadeWarmups(plot, data.warmups, theme)],
        draw: [
          (plot) => labelWarmups(plot, data.warmups, theme),
          (plot) => drawMarks(plot, data.marks, theme),
        ],
      },
    },
  };
}

function commonOptions(): Pick<PlotOptions, 'padding' | 'cursor' | 'legend'> {
  return {
    padding: [14, 18, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
    legend: { live: true, markers: { width: 0, fill: (plot, i) => String(strokeOf(plot, i)) } },
  };
}

function strokeOf(plot: Plot, index: number): unknown {
  const stroke = plot.series[index]?.stroke;
  return typeof stroke === 'function' ? stroke(plot, index) : stroke;
}

function toSeries(line: LineStyle): PlotSeries {
  return {
    label: line.label,
    stroke: line.color,
    width: line.width ?? 2,
    scale: line.scale ?? 'y',
    // Lines of a few points may have gaps around one of them, which only a dot can show.
    points: { show: line.values.length <= FEW_POINTS, size: 5 },
    value: (_plot, value) => (value === null || value === undefined ? '–' : line.write(value)),
    ...(line.dash === undefined ? {} : { dash: line.dash }),
    ...(line.fill === undefined ? {} : { fill: line.fill }),
  };
}

function baseAxis(theme: Theme): PlotAxis {
  return {
    stroke: theme.muted,
    font: theme.font,
    grid: { stroke: theme.line, width: 1 },
    ticks: { show: false },
    border: { show: false },
  };
}

function valueAxis(theme: Theme, write: (value: number) => string): PlotAxis {
  return {
    ...baseAxis(theme),
    size: 62,
    // On a logarithmic scale uPlot hands over null for ticks without a label.
    values: (_plot, splits: (number | null)[]) => splits.map((value) => (value === null ? '' : write(value))),
  };
}

/** A logarithmic scale has no place for zero. */
function scalable(values: Values, isLog: boolean): Values {
  return isLog ? values.map((value) => (value === 0 ? null : value)) : values;
}

/** From zero to a little above the highest value: a rate that halves must look halved. */
function fromZero(): NonNullable<PlotOptions['scales']>[string] {
  return { range: (_plot, _min, max) => [0, max === null || max <= 0 ? 1 : max * 1.08] };
}

function writeClock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const whole = Math.round(seconds);
  const minutes = `${Math.floor((whole % 3600) / 60)}:${two(whole % 60)}`;
  return whole < 3600
    ? minutes
    : `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}

function writeMs(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1) return `${Number((ms * 1000).toPrecision(3))} µs`;
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

function writeCount(value: number): string {
  return new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 }).format(value);
}

function perSecond(value: number): string {
  return `${writeCount(value)}/s`;
}

function writePercentile(position: number): string {
  const share = 100 * (1 - 10 ** -position);
  return `${share.toFixed(position < 1 ? 0 : Math.ceil(position))}%`;
}
