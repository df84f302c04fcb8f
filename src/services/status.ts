import type { ConsoleProcess } from '../adapters/runtime/console-process.js';
import type { Runtime, ServiceStatus } from '../adapters/runtime/runtime.js';
import type { LabConnections } from '../domain/connections.js';

export interface JobStatus {
  id: string;
  name: string;
  state: string;
}

/** The `--json` of `streamlab status`. */
export interface LabStatus {
  lab: string;
  runtime: string;
  healthy: boolean;
  services: ServiceStatus[];
  job: JobStatus | null;
}

/** What runs, where it is reached, and whether all of it answers. */
export async function labStatus(
  lab: string,
  { runtime, console }: { runtime: Runtime; console: Pick<ConsoleProcess, 'status'> },
  jobOf: (connections: LabConnections) => Promise<JobStatus | undefined>,
): Promise<LabStatus> {
  const view = await runtime.view();
  const [ofRuntime, ofConsole, job] = await Promise.all([
    runtime.status(),
    console.status(),
    view === undefined ? undefined : jobOf(view.connections).catch(() => undefined),
  ]);
  const services = [...ofRuntime, ofConsole];
  const healthy = services.every((service) => service.state === 'running') && job?.state === 'RUNNING';
  return { lab, runtime: runtime.name, healthy, services, job: job ?? null };
}
