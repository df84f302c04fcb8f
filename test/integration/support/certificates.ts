import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Authorities and certificates for one test run, made with openssl. */
export interface Certificates {
  /** Paths of PEM files. */
  ca: string;
  /** An authority that signed nothing of ours. */
  otherCa: string;
  /** Of `localhost` and 127.0.0.1: certificate, key, and both in one file (as Kafka's PEM key store wants it). */
  server: { cert: string; key: string; both: string };
  /** Of the user `certified`; its key is encrypted with `keyPassword`. */
  client: { cert: string; key: string; keyPassword: string };
}

export async function makeCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]) => execa('openssl', args);
  const authority = async (name: string, subject: string): Promise<string> => {
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`)];
    await openssl('req', '-x509', ...key, '-days', '2', '-subj', `/CN=${subject}`, '-out', at(`${name}.pem`));
    return at(`${name}.pem`);
  };
  const signed = async (
    name: string,
    subject: string,
    names: string,
  ): Promise<{ cert: string; key: string }> => {
    const key = at(`${name}.key`);
    await openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-subj',
      `/CN=${subject}`,
      '-out',
      at(`${name}.csr`),
    );
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
    const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
    await openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      ...by,
      '-days',
      '2',
      '-extfile',
      at(`${name}.ext`),
      '-out',
      at(`${name}.pem`),
    );
    return { cert: at(`${name}.pem`), key };
  };
  const ca = await authority('ca', 'streamlab test authority');
  const otherCa = await authority('other', 'another authority');
  const server = await signed('server', 'localhost', 'DNS:localhost,IP:127.0.0.1');
  const client = await signed('client', 'certified', 'DNS:certified');
  const both = at('server-both.pem');
  writeFileSync(both, readFileSync(server.key, 'utf8') + readFileSync(server.cert, 'utf8'));
  const keyPassword = 'of the key';
  const locked = at('client-locked.key');
  await openssl('pkcs8', '-topk8', '-in', client.key, '-passout', `pass:${keyPassword}`, '-out', locked);
  return {
    ca,
    otherCa,
    server: { ...server, both },
    client: { cert: client.cert, key: locked, keyPassword },
  };
}
