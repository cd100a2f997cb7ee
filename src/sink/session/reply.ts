/**
 * Replies as they go over the wire (RFC 5321 §4.2), with an enhanced code on each line where there is one (RFC 2034).
 *
 * A line never holds a control character: what comes from a behaviour file or from a client cannot become a reply of
 * its own.
 */
import type { SinkReply } from '../judge.js';

/** A reply that is said often, formatted once. */
export interface PreparedReply {
  readonly code: number;
  readonly plain: string;
  readonly enhanced: string;
}

const CONTROL_CHARS = /[\x00-\x1f\x7f-\x9f]/g;

export const SENDER_OK = prepare(250, '2.1.0', 'Accepted');
export const RECIPIENT_OK = prepare(250, '2.1.5', 'Accepted');
export const MESSAGE_OK = prepare(250, '2.6.0', 'OK: message queued');
export const CHUNK_OK = prepare(250, '2.0.0', 'OK: chunk taken');
export const START_INPUT = prepare(354, '', 'End data with <CR><LF>.<CR><LF>');
export const NEED_SENDER = prepare(503, '5.5.1', 'Error: need MAIL command');
export const NEED_RECIPIENT = prepare(503, '5.5.1', 'Error: need RCPT command');
export const NESTED_SENDER = prepare(503, '5.5.1', 'Error: nested MAIL command');
export const BAD_SENDER = prepare(501, '5.1.7', 'Error: Bad sender address syntax');
export const BAD_RECIPIENT = prepare(501, '5.1.3', 'Error: Bad recipient address syntax');
export const TOO_MANY_RECIPIENTS = prepare(452, '4.5.3', 'Error: too many recipients');
export const NO_SPACE = prepare(452, '4.3.1', 'Error: insufficient system storage');
export const NOT_IMPLEMENTED = prepare(502, '5.5.1', 'Error: command not implemented');
export const IDLE = prepare(421, '4.4.2', 'Timeout - closing connection');
export const SHUTTING_DOWN = prepare(421, '4.3.2', 'Server shutting down');

/** With its CRLF. */
export function formatReply(reply: SinkReply): string {
  const { code, enhanced, lines } = reply;
  const prefix = enhanced === '' ? '' : `${enhanced} `;
  const last = Math.max(0, lines.length - 1);
  let text = '';
  for (let i = 0; i <= last; i++) {
    const line = (lines[i] ?? '').replace(CONTROL_CHARS, ' ');
    text += `${code}${i < last ? '-' : ' '}${prefix}${line}\r\n`;
  }
  return text;
}

function prepare(code: number, enhanced: string, line: string): PreparedReply {
  return {
    code,
    plain: formatReply({ code, enhanced: '', lines: [line] }),
    enhanced: formatReply({ code, enhanced, lines: [line] }),
  };
}
