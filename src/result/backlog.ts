/**
 * Backlog: the accepted copies that had neither arrived nor bounced, over time, and whether they became more. Pure.
 *
 * It *grew* when a straight line through the backlog of the steady state (least squares) rises, by more in that time than
 * is accepted in one row, and by more than three standard errors of its slope. At least five rows are asked for:
 * with fewer, or without a steady load, nothing is said to have grown.
 */
import type { DeliveryDetails } from './delivery-details.js';
import type { SeriesRow } from './result.js';

const MIN_ROWS = 5;
const STANDARD_ERRORS = 3;

/** Seconds since the start of the run. */
export interface SteadyTime {
  readonly fromS: number;
  readonly toS: number;
  /** Width of a row. */
  readonly rowS: number;
  /** Whether the load was changed on purpose: then nothing is said to have grown. */
  readonly isRamped: boolean;
}

/** null where nobody looked for copies while the run went on. */
export function backlogOf(series: readonly SeriesRow[], steady: SteadyTime): DeliveryDetails['backlog'] {
  const seen = series.filter((row): row is SeriesRow & { backlog: number } => row.backlog !== null);
  if (seen.length === 0) return null;
  const lastOfLoad = seen.filter((row) => row.t < steady.toS).at(-1) ?? seen[0];
  const whole = seen.filter((row) => row.t >= steady.fromS && row.t + steady.rowS <= steady.toS + 0.01);
  return {
    max: Math.max(...seen.map(({ backlog }) => backlog)),
    atEndOfLoad: lastOfLoad?.backlog ?? 0,
    grew: !steady.isRamped && hasGrown(whole),
  };
}

function hasGrown(rows: readonly (SeriesRow & { readonly backlog: number })[]): boolean {
  if (rows.length < MIN_ROWS) return false;
  const { slope, error } = line(rows.map(({ t, backlog }) => [t, backlog]));
  const seconds = (rows.at(-1)?.t ?? 0) - (rows[0]?.t ?? 0);
  const acceptedInARow = mean(rows.map(({ accepted }) => accepted));
  return slope > STANDARD_ERRORS * error && slope * seconds > acceptedInARow;
}

/** Least squares. */
function line(points: readonly (readonly [x: number, y: number])[]): { slope: number; error: number } {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sumXX = sum(points.map(([x]) => (x - meanX) ** 2));
  const slope = sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / sumXX;
  const rest = sum(points.map(([x, y]) => (y - meanY - slope * (x - meanX)) ** 2));
  return { slope, error: Math.sqrt(rest / (points.length - 2) / sumXX) };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
