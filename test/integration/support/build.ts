import { execFileSync } from 'node:child_process';

/** The integration tests run the built program, as a user would. */
export default function build(): void {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.json'], { stdio: 'inherit' });
}
