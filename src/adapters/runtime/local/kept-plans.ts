import { createHash } from 'node:crypto';
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ExecutionPlan } from '../../../domain/execution-plan.js';
import type { LabFolders } from '../../files/lab-store.js';
import { packageRoot } from '../../files/paths.js';
import type { KeptPlans } from '../runtime.js';

const headSchema = z.strictObject({ key: z.string(), jobId: z.string(), sha256: z.string() });

/**
 * The last plan of the lab's job, in one file: a line of JSON, then the plan. Whatever is wrong with it, there is none: it
 * is planned anew then.
 */
export class PlanFile implements KeptPlans {
  private readonly path: string;

  constructor(private readonly folders: LabFolders) {
    this.path = join(dirname(folders.flinkTmp), 'plan.bin');
  }

  /** Whether there is one, of whatever statements. */
  async isThere(): Promise<boolean> {
    return access(this.path).then(
      () => true,
      () => false,
    );
  }

  async read(statements: string): Promise<ExecutionPlan | undefined> {
    try {
      const content = await readFile(this.path);
      const headEnd = content.indexOf('\n');
      const head = headSchema.parse(JSON.parse(content.toString('utf8', 0, headEnd)));
      const bytes = content.subarray(headEnd + 1);
      const isGood = head.key === (await this.keyOf(statements)) && head.sha256 === sha256(bytes);
      return isGood ? { jobId: head.jobId, bytes } : undefined;
    } catch {
      return undefined;
    }
  }

  async write(statements: string, { jobId, bytes }: ExecutionPlan): Promise<void> {
    const head = { key: await this.keyOf(statements), jobId, sha256: sha256(bytes) };
    const beside = `${this.path}.${String(process.pid)}`;
    try {
      await writeFile(beside, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]), {
        mode: 0o600,
      });
      await rename(beside, this.path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async forget(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** What planning looks at: the statements, Flink's configuration, which is part of each plan, and Flink itself. */
  private async keyOf(statements: string): Promise<string> {
    const files = [join(this.folders.conf, 'config.yaml'), join(packageRoot, 'artifacts.lock.json')];
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    return sha256(JSON.stringify([statements, ...texts]));
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
