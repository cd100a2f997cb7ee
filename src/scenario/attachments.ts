/**
 * Attachments: the files a template names, read while the scenario is resolved, so that shards need no disk.
 *
 * Paths are relative to the scenario file. Only regular files are read: a pipe or a device could block or never end.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { MAX_MESSAGE_BYTES } from './quantities.js';
import type { Attachment } from './scenario.js';
import type { TemplateWords } from './schema.js';

type AttachmentWords = TemplateWords['attachments'][number];

export interface AttachmentFault {
  readonly message: string;
  readonly hint: string;
}

export function readAttachment(words: AttachmentWords, folder: string): Attachment | AttachmentFault {
  const filename = words.filename ?? basename(words.path);
  if (/[\r\n\0]/.test(filename)) {
    return { message: 'has a name with CR, LF or NUL', hint: 'Give it another one with `filename:`.' };
  }
  const path = resolve(folder, words.path);
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { message: `is no regular file: ${path}`, hint: 'Name a file.' };
    // base64 makes 4 bytes of 3, and the message must stay under its limit.
    if (stats.size * (4 / 3) > MAX_MESSAGE_BYTES) {
      return {
        message: `is ${stats.size} bytes, too large for a message`,
        hint: 'Attach less than 192 MiB.',
      };
    }
    const contentBase64 = readFileSync(path).toString('base64');
    return { filename, contentType: words.contentType ?? null, contentBase64 };
  } catch (error) {
    return {
      message: `cannot be read: ${path} (${reasonOf(error)})`,
      hint: 'Paths are relative to the scenario file.',
    };
  }
}

/** `ENOENT`, or whatever the system said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
