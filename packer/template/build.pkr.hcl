build {
  sources = ["source.qemu.sekolah"]

  # The roles were applied to the base disk natively, because a machine under emulation is slow. Here they meet a running
  # system: whatever they would still change is a fault of theirs.
  provisioner "ansible" {
    command       = var.ansible_playbook
    playbook_file = "ansible/playbooks/image.yml"
    use_proxy     = false
    user          = "root"
    groups        = ["box"]
    extra_arguments = [
      "-e", "ansible_python_interpreter=/usr/bin/python3",
      "-e", "program_wheelhouse=${var.wheelhouse}",
      "-e", "updates_keyring=${var.keyring}",
    ]
  }

  provisioner "shell" {
    script = "packer/files/install-grub"
  }
}
