// Builds dist/ once before the tests, so that the command line under test is the source's.
import { execFileSync } from 'node:child_process';
import { ROOT } from './run.ts';

export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
}
