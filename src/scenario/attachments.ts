/**
 * Attachments: the files a template names, as base64 with the name to send.
 */
import { basename } from 'node:path';
import { type Fault, type Limit, readBeside } from './files-beside.js';
import { MAX_MESSAGE_BYTES } from './message-limits.js';
import type { Attachment } from './scenario.js';
import type { TemplateWords } from './schema/schema.js';

type AttachmentWords = TemplateWords['attachments'][number];

/** base64 makes 4 bytes of 3, and the message must stay under its limit. */
const LIMIT: Limit = { bytes: MAX_MESSAGE_BYTES * (3 / 4), hint: 'Attach less than 192 MiB.' };

export function readAttachment(words: AttachmentWords, folder: string): Attachment | Fault {
  const filename = words.filename ?? basename(words.path);
  if (/[\r\n\0]/.test(filename)) {
    return { message: 'has a name with CR, LF or NUL', hint: 'Give it another one with `filename:`.' };
  }
  const content = readBeside(folder, words.path, LIMIT);
  if ('message' in content) return content;
  return { filename, contentType: words.contentType ?? null, contentBase64: content.toString('base64') };
}
