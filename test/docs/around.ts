/** What the scenarios of the documentation and of the library take from around them: variables, and files beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import selfSigned from 'smtp-server/lib/tls-options.js';

const root = new URL('../../', import.meta.url);
const { key, cert } = selfSigned() as { readonly key: string; readonly cert: string };
export const around = {
  env: { SMTP_PASS: 'from-the-environment' },
  files: {
    'invoice.pdf': '%PDF-1.4',
    'users.csv': 'user,pass\nalice,open-sesame\nbob,"comma, and ""quotes"""\n',
    'example-server/ca.pem': cert,
    'example-server/client.pem': cert,
    'example-server/client.key': key,
    'dkim.pem': key,
    'senders.csv': 'address,weight\na@sender.example.test,3\n',
    'vips.csv': 'v@a.example.test\n',
    'archive.mbox': 'From a@b.test Mon Nov 16 09:00:00 2026\nSubject: x\n\ny\n',
    'day.csv': 'time,rate\n00:00,12\n24:00,140\n',
    'sizes.csv': 'size,weight\n900,3\n12KiB,1\n',
    'times.csv': 'time\n2026-11-16T09:00:00.120Z\n',
    ...filesBeside('scenarios/'),
  },
};

/** What published scenarios name: the files in the folders beside them. */
function filesBeside(folder: string): Readonly<Record<string, string>> {
  const url = new URL(folder, root);
  const names = readdirSync(url, { recursive: true, encoding: 'utf8' }).filter((name) => /\/.*\./.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, url), 'utf8')]));
}
