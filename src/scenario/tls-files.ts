/**
 * The PEM files of `target.tls`, read and tried out: authorities, client certificate, private key.
 *
 * What they hold is parsed here, so that a wrong file is a problem of the scenario and not of 10,000 handshakes. Of a
 * file that holds more than was asked for (a key beside its certificate) only that is kept.
 */
import { X509Certificate } from 'node:crypto';
import type { Fault } from './files-beside.js';
import { noPem, type PrivateKey, readPem, readPrivateKey } from './pem.js';
import type { TlsOptions } from './scenario.js';
import type { ScenarioWords } from './schema/schema.js';

export type TlsFileKey = 'ca' | 'cert' | 'key';
export type TlsFault = Fault & { readonly at: TlsFileKey | 'passphrase' };
export type TlsFiles = Pick<TlsOptions, TlsFileKey>;
type TlsWords = ScenarioWords['target']['tls'];

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reports every file that cannot be used; what is null then is missing. */
export function readTlsFiles(words: TlsWords, folder: string, report: (fault: TlsFault) => void): TlsFiles {
  const { ca, cert, key, passphrase } = words;
  const reading: Reading = { folder, report };
  const authorities = ca === undefined ? null : readCertificates('ca', ca, reading);
  const chain = cert === undefined ? null : readCertificates('cert', cert, reading);
  const privateKey = key === undefined ? null : readKey(key, passphrase, reading);
  if (chain !== null && privateKey !== null && !chain.leaf.checkPrivateKey(privateKey.key)) {
    report({
      at: 'key',
      message: 'does not belong to the certificate',
      hint: 'Name the key that it was made with.',
    });
  }
  return { ca: authorities?.pem ?? null, cert: chain?.pem ?? null, key: privateKey?.pem ?? null };
}

interface Reading {
  readonly folder: string;
  readonly report: (fault: TlsFault) => void;
}

function readCertificates(
  at: 'ca' | 'cert',
  path: string,
  reading: Reading,
): { readonly pem: string; readonly leaf: X509Certificate } | null {
  const text = readText(at, path, reading);
  if (text === null) return null;
  const blocks = text.match(CERTIFICATE) ?? [];
  const parsed = blocks.map(parseCertificate);
  const broken = parsed.indexOf(null);
  const [leaf] = parsed;
  if (leaf === undefined) reading.report({ at, ...noPem('certificate', text) });
  else if (leaf !== null && broken === -1) return { pem: `${blocks.join('\n')}\n`, leaf };
  else {
    const message = `holds a certificate that cannot be read, the ${broken + 1}. of ${blocks.length}`;
    reading.report({ at, message, hint: 'Try it with `openssl x509 -text -noout -in FILE`.' });
  }
  return null;
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function readKey(path: string, passphrase: string | undefined, reading: Reading): PrivateKey | null {
  const read = readPrivateKey(path, passphrase, reading.folder);
  if ('key' in read) return read;
  reading.report(read);
  return null;
}

function readText(at: TlsFileKey, path: string, { folder, report }: Reading): string | null {
  const text = readPem(path, folder);
  if (typeof text === 'string') return text;
  report({ at, ...text });
  return null;
}
