// Run by the build: prints the manual page.
import { program } from '../program.ts';
import { version } from '../version.ts';
import { manPage } from './man-page.ts';

process.stdout.write(manPage(program, version()));
