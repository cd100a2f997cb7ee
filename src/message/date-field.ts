/**
 * Date field: the date and time of a Date header, always 31 characters, in UTC.
 *
 * The text is made once per second and copied from then on: making it costs more than the rest of a message.
 * RFC 5322 §3.3 (`+0000` for a clock in UTC, which says more than `-0000`).
 */
export const DATE_BYTES = 31;

export class DateField {
  readonly #text = Buffer.alloc(DATE_BYTES);
  #second = Number.NaN;

  /** Writes DATE_BYTES bytes at `at`. */
  write(target: Buffer, at: number, atUs: number): void {
    const second = Math.floor(atUs / 1e6);
    if (second !== this.#second) {
      this.#text.write(dateText(second * 1000), 0, 'latin1');
      this.#second = second;
    }
    this.#text.copy(target, at);
  }
}

/** `Thu, 01 Jan 1970 00:00:00 +0000` */
export function dateText(atMs: number): string {
  return new Date(atMs).toUTCString().replace('GMT', '+0000');
}
