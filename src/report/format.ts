/**
 * Format: numbers as a reader takes them in, the same in every rendering.
 *
 * Three significant digits unless told otherwise, because a histogram holds no more. A unit follows its number directly
 * in terminals (`38.1ms`, as in k6) and after a no-break space where asked. null, that is "not known", is `–`.
 * Digits are grouped by a comma whatever the locale: a report does not change with the machine that renders it.
 */

/** What stands where no number can be shown. */
export const NOTHING = '–';

export interface NumberFormat {
  /** Significant digits; default 3. */
  readonly digits?: number;
  /** Between number and unit; default none. */
  readonly gap?: string;
}

/** A duration in ms as `402µs`, `38.1ms`, `1.21s`; zero is `0ms`. */
export function duration(ms: number | null | undefined, format: NumberFormat = {}): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOTHING;
  const { digits = 3, gap = '' } = format;
  if (ms === 0) return `0${gap}ms`;
  // Rounded first, so that 999.7 µs becomes 1.00 ms and not 1000 µs.
  const rounded = Number(ms.toPrecision(digits));
  const size = Math.abs(rounded);
  // Histograms count whole microseconds: 4.00 µs would claim what nobody measured.
  if (size < 1) return `${trimZeros(significant(ms * 1000, digits))}${gap}µs`;
  if (size < 1000) return `${significant(ms, digits)}${gap}ms`;
  return `${significant(ms / 1000, digits)}${gap}s`;
}

/** A duration as a page sets it, the unit after a no-break space. */
export function spacedDuration(ms: number | null | undefined): string {
  return duration(ms, { gap: '\u00a0' });
}

/** A length of time as a clock would: `850ms`, `42s`, `1m 05s`, `2h 03m`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
}

/** A time within a run: `00:41`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return seconds < 3600 ? minutes : `${Math.floor(seconds / 3600)}:${minutes}`;
}

/** A count with its thousands apart: `30,000`. */
export function count(value: number): string {
  const [whole = '0', fraction] = String(Math.round(value * 1000) / 1000).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Events a second: `498/s`, `12.4/s`, `0/s`. */
export function perSecond(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  return `${plain(value)}/s`;
}

/** A number with three significant digits, never fewer than its whole part has: `1,234`, `12.4`, `0.00481`. */
export function plain(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return NOTHING;
  if (value === 0) return '0';
  if (Math.abs(value) >= 10 ** (digits - 1)) return count(Math.round(value));
  return trimZeros(significant(value, digits));
}

/** A share 0…1 as `99.98%`. Never rounds to 0% or 100% what is not. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NOTHING;
  if (share === 0 || share === 1) return `${share * 100}%`;
  if (share > 0 && share < 0.0001) return '<0.01%';
  if (share < 1 && share > 0.9999) return '>99.99%';
  return `${(share * 100).toFixed(2)}%`;
}

/** A share 0…1 for a glance: `62%`; below 1 % with one decimal. */
export function roughPercent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NOTHING;
  const value = share * 100;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)}%`;
}

/** Bytes in decimal units, as network gear counts: `310MB`, `14.2kB`. */
export function bytes(value: number, format: NumberFormat = {}): string {
  const { digits = 3, gap = '' } = format;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const rounded = Number(value.toPrecision(digits));
  const steps = rounded < 1000 ? 0 : Math.floor(Math.log10(rounded) / 3);
  const unit = Math.min(steps, units.length - 1);
  return unit === 0
    ? `${Math.round(value)}${gap}B`
    : `${significant(value / 1000 ** unit, digits)}${gap}${units[unit]}`;
}

/** ISO time as a reader takes it in, in UTC: `2026-11-22 08:14:03 UTC`. */
export function moment(iso: string): string {
  const at = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(iso);
  return at === null ? iso : `${at[1]} ${at[2]} UTC`;
}

/** Fixed notation with this many significant digits, and never fewer than the whole part has. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(digits));
  const wholeDigits = Math.floor(Math.log10(Math.abs(rounded))) + 1;
  if (wholeDigits > digits) return count(Math.round(value));
  return rounded.toFixed(Math.min(100, Math.max(0, digits - wholeDigits)));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
