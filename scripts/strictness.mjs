// On a CI machine Cargo.lock must already fit; on a developer's machine cargo may add what Cargo.toml just gained.
export function lockedFlags(environment = process.env) {
  return /^(1|true)$/i.test(environment.CI ?? "") ? ["--locked"] : [];
}
