import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Folders with files in them, for containers to read whoever they run as. All of them are gone after {@link end}. */
export class Folders {
  readonly #made: string[] = [];

  make(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'streamlab-mounted-'));
    this.#made.push(folder);
    chmodSync(folder, 0o755);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  }

  end(): void {
    for (const folder of this.#made) rmSync(folder, { recursive: true, force: true });
  }
}
