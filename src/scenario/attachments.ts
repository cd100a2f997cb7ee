/**
 * Attachments: the files a template names, as base64 with the name to send, and those that are generated.
 */
import { basename } from 'node:path';
import { toBytes, toShare } from '../yaml/quantity-words.js';
import { type Fault, type Limit, readBeside } from './files-beside.js';
import { MAX_MESSAGE_BYTES } from './message-limits.js';
import type { Attachment } from './scenario.js';
import type { TemplateWords } from './schema/schema.js';

type AttachmentWords = TemplateWords['attachments'][number];

/** base64 makes 4 bytes of 3, and the message must stay under its limit. */
const LIMIT: Limit = { bytes: MAX_MESSAGE_BYTES * (3 / 4), hint: 'Attach less than 192 MiB.' };

export function readAttachment(words: AttachmentWords, folder: string): Attachment | Fault {
  const { path, size, contentType = null, cid = null, encoding } = words;
  const filename = words.filename ?? basename(path ?? 'attachment.bin');
  if (/[\r\n\0]/.test(filename)) {
    return { message: 'has a name with CR, LF or NUL', hint: 'Give it another one with `filename:`.' };
  }
  const common = { filename, contentType, cid, encoding, probability: toShare(words.probability) };
  if (path === undefined) return { ...common, sizeBytes: toBytes(size ?? 0) };
  const content = readBeside(folder, path, LIMIT);
  return 'message' in content ? content : { ...common, contentBase64: content.toString('base64') };
}
