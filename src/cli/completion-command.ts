/**
 * `mailbench completion [bash|zsh]`: the script that makes a shell ask `mailbench __complete` for what to propose. Without a name
 * the one of $SHELL. Where mailbench has nothing to propose, the shell completes names of files.
 */
import process from 'node:process';
import type { CommandModule } from 'yargs';

const BASH = `# mailbench completion for bash. To install it:
#   mailbench completion bash >> ~/.bashrc
_mailbench() {
  local IFS=$'\\n' found
  found=$(mailbench __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _mailbench mailbench
`;

const ZSH = `#compdef mailbench
# mailbench completion for zsh. To install it, below compinit:
#   mailbench completion zsh >> ~/.zshrc
_mailbench() {
  local text description
  local -a found
  while IFS=$'\\t' read -r text description; do
    found+=("\${text//:/\\\\:}\${description:+:$description}")
  done < <(mailbench __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe mailbench found; else _files; fi
}
compdef _mailbench mailbench
`;

const SCRIPTS = { bash: BASH, zsh: ZSH };

interface CompletionArguments {
  shell: keyof typeof SCRIPTS | undefined;
}

export const completionCommand: CommandModule<object, CompletionArguments> = {
  command: 'completion [shell]',
  describe: 'Print a completion script for bash or zsh',
  builder: (yargs) =>
    yargs
      .positional('shell', { choices: ['bash', 'zsh'] as const, describe: 'Default: that of $SHELL' })
      .example('$0 completion bash >> ~/.bashrc', 'Then open a new shell')
      .example('$0 completion zsh >> ~/.zshrc', 'The same for zsh'),
  handler: ({ shell }) => {
    const usual = process.env.SHELL?.endsWith('zsh') === true ? 'zsh' : 'bash';
    process.stdout.write(SCRIPTS[shell ?? usual]);
  },
};
