import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Certificates for an engine on 127.0.0.1: `ca.pem`, `cert.pem` and `key.pem` of the server in one folder, those of a
 * client, under the names that DOCKER_CERT_PATH wants, in the other.
 */
export function makeCertificates(server: string, client: string): void {
  mkdirSync(server, { recursive: true });
  const ca = { key: join(server, 'ca-key.pem'), certificate: join(server, 'ca.pem') };
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=streamlab test CA', [
    ...['-keyout', ca.key, '-out', ca.certificate],
  ]);
  signed(server, ca, 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n');
  signed(client, ca, 'extendedKeyUsage=clientAuth\n');
  copyFileSync(ca.certificate, join(client, 'ca.pem'));
}

function signed(folder: string, ca: { key: string; certificate: string }, extensions: string): void {
  const request = join(folder, 'request.pem');
  const extensionFile = join(folder, 'extensions.cnf');
  writeFileSync(extensionFile, extensions);
  openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=streamlab test', [
    ...['-keyout', join(folder, 'key.pem'), '-out', request],
  ]);
  openssl('x509', '-req', '-days', '2', '-in', request, '-CA', ca.certificate, '-CAkey', ca.key, [
    ...['-CAcreateserial', '-extfile', extensionFile, '-out', join(folder, 'cert.pem')],
  ]);
}

function openssl(...args: (string | string[])[]): void {
  execFileSync('openssl', args.flat(), { stdio: ['ignore', 'ignore', 'pipe'] });
}
