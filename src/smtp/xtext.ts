/**
 * xtext: text as it may stand in a parameter of MAIL or RCPT (ENVID=, ORCPT=), or in an attribute of XCLIENT or XFORWARD.
 * RFC 3461 §4, RFC 6533 §3.
 *
 * A command line is handled as one character per byte, as the wire writes it: what goes beyond ASCII is turned into UTF-8
 * here, once, so that lengths count bytes.
 */

/** Bytes outside `!` … `~`, `+` and `=` as +XX. */
export function xtext(text: string): string {
  return utf8Bytes(text).replace(/[^!-*,-<>-~]/g, (byte) => `+${hex(byte).padStart(2, '0')}`);
}

/** `rfc822;` with xtext, or for an address beyond ASCII `utf-8;` with utf-8-addr-unitext (SMTPUTF8 is offered then). */
export function originalRecipient(address: string): string {
  if (isAscii(address)) return `rfc822;${xtext(address)}`;
  return `utf-8;${utf8Bytes(address.replace(/[\0- +=\\\x7f]/g, (character) => `\\x{${hex(character)}}`))}`;
}

/** One character per byte of the text's UTF-8. */
export function utf8Bytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase();
}
