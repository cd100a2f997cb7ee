/**
 * Certificates for servers and clients, made by openssl(1) for the occasion: an authority of our own, and what it signs.
 */
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Paths of PEM files, readable by any server. */
export interface Certificate {
  readonly certPath: string;
  readonly keyPath: string;
}

export interface Authority {
  readonly caPath: string;
  /** Signs a certificate for the common name, which is also its DNS name, beside localhost and 127.0.0.1. */
  issue(commonName: string, fileName?: string): Promise<Certificate>;
}

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];

/** Makes an authority whose files, and those of all it signs, are in `dir`. */
export async function makeAuthority(dir: string, name = 'authority'): Promise<Authority> {
  const ca = { certPath: join(dir, `${name}.pem`), keyPath: join(dir, `${name}.key`) };
  await make(ca, ['-x509', '-subj', `/CN=mailbench ${name}`]);
  let serial = 0;
  return {
    caPath: ca.certPath,
    issue: async (commonName, fileName) => {
      serial++;
      const file = join(dir, fileName ?? `${name}-${serial}`);
      const made = { certPath: `${file}.pem`, keyPath: `${file}.key` };
      const names = `subjectAltName=DNS:${commonName},DNS:localhost,IP:127.0.0.1`;
      // -CA and -CAkey sign at once: no request in between.
      const signer = ['-x509', '-CA', ca.certPath, '-CAkey', ca.keyPath, '-set_serial', `${serial}`];
      const limits = ['-addext', names, '-addext', 'basicConstraints=critical,CA:FALSE'];
      await make(made, [...signer, '-subj', `/CN=${commonName}`, ...limits]);
      return made;
    },
  };
}

async function make({ certPath, keyPath }: Certificate, args: readonly string[]): Promise<void> {
  const { stdout } = await run('openssl', ['req', ...KEY, '-keyout', keyPath, ...args]);
  await writeFile(certPath, stdout);
  await chmod(keyPath, 0o644);
}
