/** A scenario of mail in many forms, with the files it names beside it. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryDir } from '../tmp.js';

/** Of `bytes.pdf`. */
export const BYTES = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 37) % 256));

export const SIZES = [
  { size: { min: '2KiB', max: '80KiB' } },
  { size: { lognormal: { median: '4KiB', p95: '60KiB' }, max: '1MiB' } },
  { size: { histogram: 'sizes.csv' } },
];

export const LETTER = {
  subject: 'Grüße Nr. {{seq}}',
  text: 'Hallo {{seq}},\n.\nanbei die Größen.\n',
  html: '<p>Hallo {{seq}}</p><img src="cid:logo">',
};

export const ATTACHMENTS = [
  { size: '2KiB', filename: 'logo.png', cid: 'logo' },
  { path: 'bytes.pdf' },
  { path: 'list.csv', encoding: '8bit', probability: '50%' },
];

/** Path of a file with these words, and defaults for the others; `undefined` takes one away. */
export async function mailScenario(
  t: Pick<TestContext, 'after'>,
  { iterations = 300, ...words }: Readonly<Record<string, unknown>> & { readonly iterations?: number },
): Promise<string> {
  const dir = await temporaryDir(t);
  const { privateKey } = generateKeyPairSync('ed25519');
  const files = {
    'sizes.csv': '600,3\n4KiB,1\n',
    'bytes.pdf': BYTES,
    'list.csv': 'Größe\n1\n',
    'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'mail.json': JSON.stringify({
      seed: 3,
      scenarios: { default: { executor: 'shared-iterations', vus: 4, iterations } },
      thresholds: { smtp_message_failed: ['rate==0'] },
      delivery: { expect: 'sink' },
      ...words,
    }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return join(dir, 'mail.json');
}
