import { diagnose, type Check, type DoctorFacts } from '../domain/doctor.js';

/** The `--json` of `streamlab doctor`. */
export interface DoctorReport {
  ok: boolean;
  checks: Check[];
}

/** Looks at this machine and says what would keep a lab from running on it. Warnings leave `ok` true. */
export async function doctor(gatherFacts: () => Promise<DoctorFacts>): Promise<DoctorReport> {
  const checks = diagnose(await gatherFacts());
  return { ok: checks.every((check) => check.status !== 'fail'), checks };
}
