// Reads a GLB or .gltf from standard input and writes what Khronos' validator says of it, as JSON.
// Usage: node validate_gltf.cjs FOLDER-OF-GLTF-VALIDATOR
const validator = require(process.argv[2]);

const LISTED = 5;
const MOST_ISSUES = 1000;

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const bytes = new Uint8Array(Buffer.concat(chunks));
  // Without externalResourceFunction nothing outside of the bytes is looked for.
  const { issues } = await validator.validateBytes(bytes, { maxIssues: MOST_ISSUES, writeTimestamp: false });
  const sorted = [...issues.messages].sort((one, other) => one.severity - other.severity);
  process.stdout.write(
    JSON.stringify({
      version: validator.version(),
      errors: issues.numErrors,
      warnings: issues.numWarnings,
      messages: sorted.filter((item) => item.severity < 2).slice(0, LISTED).map(({ code, message, pointer }) => ({ code, message, pointer })),
    }),
  );
}

main().catch((error) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
