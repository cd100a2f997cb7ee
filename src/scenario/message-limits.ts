/** How large and how small a message can be. */

/** Largest message: composed in memory, once per shard. */
export const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** Smallest sized message: the header fields every message carries need this room. */
export const MIN_MESSAGE_BYTES = 512;

/** Longest line, without CRLF (RFC 5322 §2.1.1). */
export const MAX_LINE_LENGTH = 998;
