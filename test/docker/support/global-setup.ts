import type { TestProject } from 'vitest/node';
import build from '../../integration/support/build.js';
import { startEngine } from './engine.js';
import { loadStandIns } from './images.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** DOCKER_HOST of an engine that has the stand-ins; see stand-in-names.ts. */
    dockerHost: string;
  }
}

/** One engine with the stand-ins for all files of the project: to build them takes longer than most tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  build();
  const engine = await startEngine();
  try {
    await loadStandIns(engine.docker);
  } catch (error) {
    await engine.stop();
    throw error;
  }
  project.provide('dockerHost', engine.host);
  return () => engine.stop();
}
