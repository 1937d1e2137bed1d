export function Logo() {
  return (
    <span class="logo">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#c2410c" />
        <path d="M16 5c1 5 6 6 6 12a6 6 0 0 1-12 0c0-2 1-4 2-5 0 2 1 3 2 3 2-2 0-6 2-10z" fill="#fff" />
        <path d="M9 27h14" stroke="#fff" stroke-width="2" stroke-linecap="round" />
      </svg>
      <span>Phoenix Scanner</span>
    </span>
  );
}
