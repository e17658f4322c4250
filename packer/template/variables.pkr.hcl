variable "base_disk" {
  type        = string
  description = "Raw disk with the root file system, made before Packer runs"
}

variable "base_checksum" {
  type        = string
  description = "sha256:… of the base disk"
}

variable "kernel" {
  type        = string
  description = "Kernel of the base disk, started directly because GRUB is not installed yet"
}

variable "initrd" {
  type        = string
  description = "Its initial RAM disk"
}

variable "kernel_line" {
  type        = string
  description = "Kernel command line: root, and the credentials that open the door for this run only"
}

variable "key_file" {
  type        = string
  description = "Private key for this run"
}

variable "accelerator" {
  type        = string
  default     = "tcg"
  description = "kvm where it really boots a kernel, else tcg"
}

variable "cpu" {
  type    = string
  default = "max"
}

variable "output_directory" {
  type = string
}

variable "ansible_playbook" {
  type        = string
  default     = "ansible-playbook"
  description = "The command"
}

variable "wheelhouse" {
  type        = string
  description = "Folder with the program and its libraries as wheels"
}

variable "keyring" {
  type        = string
  description = "Certificate that updates must be signed with"
}
