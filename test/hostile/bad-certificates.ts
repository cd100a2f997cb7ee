/** Certificates that are wrong in one way each, made by openssl(1): an authority of our own, and what it signs. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Wishes {
  /** As in subjectAltName. */
  readonly names?: string;
  /** `serverAuth` unless said otherwise. */
  readonly purpose?: string;
  /** Days from now. */
  readonly fromDay?: number;
  readonly toDay?: number;
}

export interface Authority {
  readonly ca: string;
  issue(wishes?: Wishes): Promise<KeyPair>;
}

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAY_MS = 86_400_000;

export async function makeAuthority(parent: string, name: string): Promise<Authority> {
  const dir = join(parent, name);
  await mkdir(dir);
  const file = (leaf: string) => join(dir, leaf);
  await writeFile(file('index.txt'), '');
  await writeFile(file('serial'), '01\n');
  await writeFile(file('ca.cnf'), configuration(dir));
  const self = [
    '-x509',
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  ];
  await run('openssl', ['req', ...KEY, ...self]);
  let made = 0;
  return {
    ca: await readFile(file('ca.pem'), 'utf8'),
    issue: async ({ names = 'IP:127.0.0.1', purpose = 'serverAuth', fromDay = -1, toDay = 30 } = {}) => {
      const base = file(`${++made}`);
      const extensions = ['-addext', `subjectAltName=${names}`, '-addext', `extendedKeyUsage=${purpose}`];
      const request = ['-subj', `/CN=${made}`, '-keyout', `${base}.key`, '-out', `${base}.csr`];
      await run('openssl', ['req', ...KEY, ...extensions, ...request]);
      const dates = ['-startdate', dateOf(fromDay), '-enddate', dateOf(toDay)];
      const out = ['-in', `${base}.csr`, '-out', `${base}.pem`];
      await run('openssl', ['ca', '-batch', '-notext', '-config', file('ca.cnf'), ...dates, ...out]);
      return { key: await readFile(`${base}.key`, 'utf8'), cert: await readFile(`${base}.pem`, 'utf8') };
    },
  };
}

/** Nobody vouches for it but itself. */
export async function signItself(parent: string): Promise<KeyPair> {
  const base = join(parent, 'itself');
  const extensions = [
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  const files = ['-keyout', `${base}.key`, '-out', `${base}.pem`];
  await run('openssl', [
    'req',
    '-x509',
    '-days',
    '30',
    '-subj',
    '/CN=itself',
    ...KEY,
    ...extensions,
    ...files,
  ]);
  return { key: await readFile(`${base}.key`, 'utf8'), cert: await readFile(`${base}.pem`, 'utf8') };
}

/** As openssl ca wants it: 20260102030405Z. */
function dateOf(day: number): string {
  const [whole = ''] = new Date(Date.now() + day * DAY_MS).toISOString().split('.');
  return `${whole.replace(/\D/g, '')}Z`;
}

function configuration(dir: string): string {
  return `[ca]
default_ca = own
[own]
certificate = ${dir}/ca.pem
private_key = ${dir}/ca.key
database = ${dir}/index.txt
serial = ${dir}/serial
new_certs_dir = ${dir}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
`;
}
