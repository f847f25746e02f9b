// Runes everywhere; the compiler's warnings are refused by `svelte-check --fail-on-warnings`.
export default { compilerOptions: { runes: true } };
