/** Everything that pages are put together from. */
export { Badge, Money, Picture, pictureUrl, Time } from "./Bits";
export { Button, CloseButton, IconButton } from "./Button";
export { Barcode, QrCode } from "./Codes";
export { CLOSED, Dialog, Sheet } from "./Dialog";
export { Field } from "./Field";
export { Icon, type IconName } from "./Icon";
export { LanguageSwitch, ThemeSwitch } from "./Preferences";
export { Empty, Failed, OfflineLine, Skeleton } from "./States";
export { Toasts, toast, toastProblem } from "./Toasts";
