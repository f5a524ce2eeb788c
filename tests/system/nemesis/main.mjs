// tools/nemesis: the command.
import fs from "node:fs";
import { Journal } from "./journal.mjs";
import { parseOptions, usage } from "./options.mjs";
import { report } from "./report.mjs";
import { Run } from "./run.mjs";

const say = (text) => console.error(`nemesis: ${text}`);

let options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  say(error.message);
  process.stderr.write(usage);
  process.exit(2);
}
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}

say(`seed ${options.seed}`);
const journal = new Journal(options.log);
const run = new Run(options, journal, say);
let failure;
try {
  await run.execute();
} catch (error) {
  failure = error;
}
if (run.stage?.server)
  fs.writeFileSync(`${options.log}.causewayd`, run.stage.log);
if (failure) {
  say(failure.stack);
  process.exit(2);
}
const summary = report(run);
if (options.json) console.log(JSON.stringify(summary, null, 2));
await journal.close();
process.exit(summary.problems.length ? 1 : 0);
