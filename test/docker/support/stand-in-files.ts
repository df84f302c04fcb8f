import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from './image-archive.js';
import type { TarEntry } from './tar.js';

export const utf8 = ['LANG=C.UTF-8', 'LC_ALL=C.UTF-8'];

/** Text of a file of test/docker/stand-ins. */
export function standIn(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'stand-ins', name), 'utf8');
}

interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** /etc/passwd and /etc/group of root and some more. */
export function accounts(more: readonly Account[]): TarEntry[] {
  const all = [{ name: 'root', uid: 0, gid: 0, home: '/root' }, ...more];
  const passwd = all.map(({ name, uid, gid, home }) => `${name}:x:${uid}:${gid}::${home}:/bin/bash\n`);
  const groups = all.filter(({ name, gid }) => gid !== 0 || name === 'root');
  return [
    text('etc/passwd', passwd.join('')),
    text('etc/group', groups.map(({ name, gid }) => `${name}:x:${gid}:\n`).join('')),
  ];
}
