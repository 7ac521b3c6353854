/** The product's mark. */
export function Mark() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className="size-6">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M8 10h16M8 16h9M8 22h5" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" opacity=".55" />
      <path
        d="m16.5 21.5 3.2 3.2L26 17"
        stroke="#fff"
        strokeWidth="3"
        fill="none"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
